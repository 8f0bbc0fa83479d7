import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { LedgerTrust } from '../ledger/ledger-trust.js';
import type { HealthProbe, PartHealth } from '../ports/health.port.js';

const READINESS = {
  type: 'object' as const,
  required: ['status', 'parts'],
  properties: {
    status: { type: 'string' as const, enum: ['up', 'degraded', 'down'] },
    parts: {
      type: 'object' as const,
      description: 'By name: `status`, and `detail` where there is something to tell.',
      additionalProperties: { type: 'object' as const },
    },
  },
};

/** What readiness is made of. */
export interface HealthParts {
  readonly ledger: HealthProbe;
  /** May be out while the broker serves. */
  readonly others: readonly HealthProbe[];
  readonly trust: LedgerTrust;
}

export const HEALTH_PARTS = Symbol('HEALTH_PARTS');

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(@Inject(HEALTH_PARTS) private readonly parts: HealthParts) {}

  @Get('live')
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether the process runs' })
  live() {
    return { status: 'up' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether the broker serves, with each part’s state',
    description: '503 while the ledger is out; 200 also while Redis is: the broker serves, slower.',
  })
  @ApiResponse({ status: 200, description: 'It serves', schema: READINESS })
  @ApiResponse({ status: 503, description: 'It does not', schema: READINESS })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const [ledger, ...others] = await Promise.all(
      [this.parts.ledger, ...this.parts.others].map((probe) => probe.probe()),
    );
    const feed: PartHealth = this.parts.trust.isFresh()
      ? { name: 'feed', up: true }
      : { name: 'feed', up: false, detail: 'the feed has not been read within the last second' };
    const clock: PartHealth = this.parts.trust.isClockRight()
      ? { name: 'clock', up: true }
      : { name: 'clock', up: false, detail: 'more than two seconds off the clock of the ledger' };
    const ready = ledger?.up === true && feed.up && clock.up;
    void reply.status(ready ? 200 : 503);
    const parts = [ledger, feed, clock, ...others].filter((part) => part !== undefined);
    return {
      status: ready ? (parts.every(({ up }) => up) ? 'up' : 'degraded') : 'down',
      parts: Object.fromEntries(
        parts.map(({ name, up, detail }) => [
          name,
          { status: up ? 'up' : 'down', ...(detail === undefined ? {} : { detail }) },
        ]),
      ),
    };
  }
}
