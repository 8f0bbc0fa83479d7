import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PrometheusMetrics } from './prometheus-metrics.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: PrometheusMetrics) {}

  @Get()
  @ApiProduces('text/plain')
  @ApiOperation({
    summary: 'Numbers about this broker, in Prometheus’s text format',
    description: 'Without a token, like health: keep it inside of your network.',
  })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { type, text } = await this.metrics.exposition();
    void reply.header('content-type', type);
    return text;
  }
}
