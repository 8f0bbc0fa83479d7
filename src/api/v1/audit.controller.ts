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

const EventAnswer = z.object({
  id: z.string(),
  appId: z.string(),
  at: z.iso.datetime(),
  type: z.string().meta({ description: 'A stable word, as `account.disabled`.' }),
  security: z.boolean().meta({ description: 'Whether it tells of an attack.' }),
  actor: z.string().meta({ description: 'Who did it; empty where that is not known.' }),
  subject: z.string().meta({ description: 'Whom or what it is about.' }),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const EventPage = z.object({
  events: z.array(EventAnswer),
  next: z.string().nullable().meta({ description: 'The cursor of the next page; null: none.' }),
});

const subjectOf = text(256).min(1, 'must not be empty');
const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .meta({ description: '`true`: those that tell of attacks only.' });

/** `GET /v1/audit`: what happened in the business tier of the caller's app. */
@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly events: FindEvents) {}

  @Get()
  @AdminCall('audit:read')
  @ApiOperation({ summary: 'List what happened to accounts, clients and issuers, newest first' })
  @Answers(200, EventPage)
  async list(
    @Caller() { appId }: AdminPrincipal,
    @Query('subject', { schema: subjectOf.optional() }) subject?: string,
    @Query('security', { schema: yesOrNo.optional() }) security?: z.infer<typeof yesOrNo>,
    @Query('cursor', { schema: cursor.optional() }) place?: z.infer<typeof cursor>,
    @Query('limit', { schema: pageLimit }) limit = 100,
  ) {
    const found = await this.events.list({
      appId,
      ...(subject === undefined ? {} : { subject }),
      securityOnly: security === 'true',
      ...(place === undefined ? {} : { before: { at: place.createdAt, id: place.id } }),
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      events: page.map(describeEvent),
      next: last === undefined ? null : cursorOf({ createdAt: last.at, id: last.id }),
    };
  }
}
