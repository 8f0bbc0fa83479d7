import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Clock, toUnixSeconds } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { describeRestoration, describeRevocation } from '../../denylist/describe-revocation.js';
import { FindRevocations } from '../../denylist/find-revocations.js';
import { RevokeApp } from '../../denylist/revoke-app.js';
import { RevokeSessions } from '../../denylist/revoke-sessions.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { FindSession } from '../../im/sessions/find-session.js';
import { RestoreRevocation } from '../../im/sessions/restore-revocation.js';
import type { Revocation, UserTarget } from '../../ports/revocation.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { userId } from './fields.js';
import {
  RestorationAnswer,
  RestoreBody,
  RevocationAnswer,
  RevocationPage,
  RevokeBody,
  type RevokeTarget,
} from './revocations.js';
import { cursor, cursorOf, pageLimit } from './paging.js';

/** `/v1/revocations`: cutting off, and lifting it again. */
@ApiTags('revocations')
@Controller('v1/revocations')
export class RevocationsController {
  constructor(
    private readonly revoking: RevokeSessions,
    private readonly revokingApps: RevokeApp,
    private readonly restoring: RestoreRevocation,
    private readonly revocations: FindRevocations,
    private readonly sessions: FindSession,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @AdminCall('im:tokens:revoke')
  @ApiOperation({
    summary: 'End a token’s session, a session, or all of a device, a platform, a user or the app',
    description:
      'From the answer on every broker refuses: within milliseconds while events flow; where the event could not be sent, the answer waits the second that all need to read of it. Sessions that are admitted later are not touched. 200 where the same session was revoked before and that stands. Revoking the whole app wants a fresh admin token.',
  })
  @Answers(201, RevocationAnswer)
  @Answers(200, RevocationAnswer, 'The session is revoked already: the first order.')
  async revoke(
    @Caller() caller: AdminPrincipal,
    @Body({ schema: RevokeBody }) { target, reason = '' }: z.infer<typeof RevokeBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { appId, name: by } = caller;
    if (target.type === 'app') {
      caller.requireFreshProof(toUnixSeconds(this.clock.nowMs()), this.config.stepUp.maxAgeSeconds);
      return describeRevocation(await this.revokingApps.revoke({ appId, reason, by }));
    }
    const found = await this.#find(appId, target);
    const order = { appId, target: found, reason, by, recordMiss: true as const };
    const { revocation, isNew } = await this.revoking.revoke(order);
    if (!isNew) void reply.status(200);
    return describeRevocation(revocation);
  }

  @Get()
  @AdminCall('im:tokens:inspect')
  @ApiOperation({ summary: 'List revocations, newest first' })
  @Answers(200, RevocationPage)
  async list(
    @Caller() { appId }: AdminPrincipal,
    @Query('userId', { schema: userId.optional() }) user?: string,
    @Query('cursor', { schema: cursor.optional() }) before?: z.infer<typeof cursor>,
    @Query('limit', { schema: pageLimit }) limit = 100,
  ) {
    const found = await this.revocations.list({
      appId,
      ...(user === undefined ? {} : { userId: user }),
      ...(before === undefined ? {} : { before }),
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      revocations: page.map(describeRevocation),
      next: last === undefined ? null : cursorOf(last),
    };
  }

  @Get(':id')
  @AdminCall('im:tokens:inspect')
  @ApiOperation({ summary: 'Look a revocation up' })
  @Answers(200, RevocationAnswer)
  async get(@Caller() { appId }: AdminPrincipal, @Param('id') id: string) {
    return describeRevocation(await this.revocations.get(appId, id));
  }

  @Post(':id/restore')
  @HttpCode(200)
  @AdminCall('im:tokens:restore')
  @ApiOperation({
    summary: 'Take a revocation back',
    description:
      'Takes exactly this cause away: sessions that have not expired and that nothing else ends work again.',
  })
  @Answers(200, RestorationAnswer)
  async restore(
    @Caller() { appId, name: by }: AdminPrincipal,
    @Param('id') id: string,
    @Body({ schema: RestoreBody }) { reason }: z.infer<typeof RestoreBody>,
  ) {
    const revocation: Revocation = await this.revocations.get(appId, id);
    const restoration = await this.restoring.restore({ appId, reason, by }, revocation);
    return describeRestoration(id, restoration);
  }

  #find(appId: string, target: Exclude<RevokeTarget, { type: 'app' }>): Promise<UserTarget> {
    switch (target.type) {
      case 'token':
        return target.token === undefined
          ? this.sessions.byTokenId(appId, target.tokenId ?? '')
          : this.sessions.byToken(appId, target.token);
      case 'session':
        return this.sessions.byId(appId, target.sessionId);
      case 'device':
      case 'platform':
      case 'user':
        return Promise.resolve(target);
    }
  }
}
