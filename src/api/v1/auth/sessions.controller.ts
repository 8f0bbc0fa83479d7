import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { BusinessSessions } from '../../../business-auth/sessions/business-sessions.js';
import { describeSession } from '../../../business-auth/sessions/describe-session.js';
import { BusinessCaller } from '../../../business-auth/tokens/business-caller.js';
import { Answers } from '../answers.js';
import { BusinessCall, FreshBusinessCall, Person } from './business-call.js';

const SessionAnswer = z.object({
  sessionId: z.string(),
  current: z.boolean().meta({ description: 'Whether it is the one that asks.' }),
  clientId: z.string(),
  deviceId: z.string().nullable(),
  startedAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

/** A person's own sessions. Ending one ends the IM sessions born from it. */
@ApiTags('business')
@Controller('v1/auth')
export class BusinessSessionsController {
  constructor(private readonly sessions: BusinessSessions) {}

  @Get('sessions')
  @BusinessCall()
  @ApiOperation({ summary: 'List one’s sessions, the newest first' })
  @Answers(200, z.object({ sessions: z.array(SessionAnswer) }))
  list(@Person() { record, session, claims }: BusinessCaller) {
    const now = Math.max(session.lastUsedAt, claims.iat);
    const live = record.sessions.filter(({ expiresAt }) => expiresAt > now);
    return {
      sessions: live.map((one) => ({
        ...describeSession(one),
        current: one.id === session.id,
      })),
    };
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  @BusinessCall()
  @ApiOperation({ summary: 'End one of one’s sessions' })
  async endOne(
    @Person() { account }: BusinessCaller,
    @Param('sessionId') sessionId: string,
  ): Promise<void> {
    await this.sessions.endOne(account, sessionId, account.accountId);
  }

  @Post('logout')
  @HttpCode(204)
  @BusinessCall()
  @ApiOperation({ summary: 'End this session' })
  async logOut(@Person() { account, session }: BusinessCaller): Promise<void> {
    await this.sessions.endOne(account, session.id, account.accountId);
  }

  @Post('logout-all')
  @HttpCode(204)
  @FreshBusinessCall()
  @ApiOperation({ summary: 'End all of one’s sessions; wants a fresh proof' })
  async logOutAll(@Person() { account }: BusinessCaller): Promise<void> {
    await this.sessions.endAll(account, account.accountId);
  }
}
