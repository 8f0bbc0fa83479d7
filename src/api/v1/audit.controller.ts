import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { describeEvent } from '../../audit/describe-event.js';
import { FindEvents } from '../../audit/find-events.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { text } from './fields.js';
import { cursor, cursorOf, pageLimit } from './paging.js';

const EventPage = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      appId: z.string(),
      at: z.iso.datetime(),
      type: z.string().meta({ description: 'A stable word, as `refresh_token.reused`.' }),
      security: z.boolean().meta({ description: 'Whether it tells of an attack.' }),
      actor: z.string(),
      subject: z.string(),
      detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ),
  next: z.string().nullable(),
});

const flag = z.enum(['true', 'false'], "must be 'true' or 'false'").optional();

/** `GET /v1/audit`: what happened to the app's accounts, clients and trusted issuers. */
@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly events: FindEvents) {}

  @Get()
  @AdminCall('audit:read')
  @ApiOperation({ summary: 'Read the audit record of the business tier, newest first' })
  @Answers(200, EventPage)
  async list(
    @Caller() { appId }: AdminPrincipal,
    @Query('subject', { schema: text(200).optional() }) subject?: string,
    @Query('security', { schema: flag }) security?: z.infer<typeof flag>,
    @Query('cursor', { schema: cursor.optional() }) from?: z.infer<typeof cursor>,
    @Query('limit', { schema: pageLimit }) limit = 100,
  ) {
    const found = await this.events.list({
      appId,
      ...(subject === undefined ? {} : { subject }),
      ...(security === 'true' ? { securityOnly: true } : {}),
      ...(from === undefined ? {} : { before: { at: from.createdAt, id: from.id } }),
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const next = last === undefined ? null : cursorOf({ createdAt: last.at, id: last.id });
    return { events: page.map(describeEvent), next };
  }
}
