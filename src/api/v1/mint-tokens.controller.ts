import { createHash } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { BrokerError } from '../../common/errors.js';
import { CONFIG, type Config } from '../../config/config.js';
import { AppDirectory, type AppRules } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import {
  type MintedToken,
  type MintRequest,
  MintUserToken,
} from '../../im/tokens/mint-user-token.js';
import { toBrokerError } from '../to-broker-error.js';
import { issuesOf } from '../validation.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { asTime, deviceId, platformId, scope, ttlSeconds, userId } from './fields.js';
import { BatchAnswer, MintAnswer } from './mint-tokens.answers.js';

const MintBody = z.strictObject({
  userId,
  platformId,
  deviceId: deviceId.optional(),
  ttlSeconds: ttlSeconds.optional(),
  scope: scope.optional(),
});

/** Requests in one batch, at most. */
const MAX_REQUESTS = 1000;

const BatchBody = z.strictObject({
  requests: z
    .array(z.unknown())
    .min(1, 'must not be empty')
    .max(MAX_REQUESTS, `must not hold more than ${MAX_REQUESTS} requests`)
    .meta({ items: z.toJSONSchema(MintBody, { io: 'input' }) }),
});

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** `POST /v1/im/tokens` and `/batch`: mint user tokens. */
@ApiTags('tokens')
@Controller('v1/im/tokens')
export class MintTokensController {
  readonly #ttlSeconds: number;

  constructor(
    private readonly apps: AppDirectory,
    private readonly minting: MintUserToken,
    @Inject(CONFIG) config: Config,
  ) {
    this.#ttlSeconds = config.tokens.userTtlSeconds;
  }

  @Post()
  @AdminCall('im:tokens:mint')
  @ApiOperation({ summary: 'Mint a user token: starts a session under the multi-login policy' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @Answers(201, MintAnswer)
  async mint(
    @Caller() caller: AdminPrincipal,
    @Body({ schema: MintBody }) body: z.infer<typeof MintBody>,
    @Headers('idempotency-key') key?: string,
  ) {
    const rules = await this.apps.rules(caller.appId);
    return this.#mint(rules, body, key);
  }

  @Post('batch')
  @HttpCode(200)
  @AdminCall('im:tokens:mint')
  @ApiOperation({ summary: 'Mint up to 1000 user tokens; each succeeds or fails by itself' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @Answers(200, BatchAnswer)
  async mintBatch(
    @Caller() caller: AdminPrincipal,
    @Body({ schema: BatchBody }) { requests }: z.infer<typeof BatchBody>,
    @Headers('idempotency-key') key?: string,
  ) {
    const rules = await this.apps.rules(caller.appId);
    const results = await Promise.all(
      requests.map((request, index) =>
        this.#mintOne(rules, request, key === undefined ? undefined : `${key}#${index}`),
      ),
    );
    return { results };
  }

  async #mintOne(rules: AppRules, request: unknown, key: string | undefined) {
    try {
      const body = MintBody.safeParse(request);
      if (!body.success) throw new BrokerError('invalid_request', issuesOf(body.error.issues));
      return { ok: true as const, ...(await this.#mint(rules, body.data, key)) };
    } catch (thrown) {
      const { code, detail } = toBrokerError(thrown);
      return { ok: false as const, error: { code, detail } };
    }
  }

  async #mint(rules: AppRules, body: z.infer<typeof MintBody>, key: string | undefined) {
    const request = requestOf(body, key);
    return answerOf(await this.minting.mint(rules, request, this.#ttlSeconds));
  }
}

function requestOf(body: z.infer<typeof MintBody>, key: string | undefined): MintRequest {
  const request: MintRequest = {
    userId: body.userId,
    platformId: body.platformId,
    deviceId: body.deviceId ?? '',
    ...(body.ttlSeconds === undefined ? {} : { ttlSeconds: body.ttlSeconds }),
    ...(body.scope === undefined ? {} : { scope: body.scope }),
  };
  if (key === undefined) return request;
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new BrokerError(
      'invalid_request',
      'Idempotency-Key must be 1 to 255 printable characters',
    );
  }
  const {
    userId: user,
    platformId: platform,
    deviceId: device,
    ttlSeconds: ttl,
    scope: words,
  } = request;
  const requestHash = createHash('sha256')
    .update(JSON.stringify([user, platform, device, ttl ?? null, words ?? null]))
    .digest('base64url');
  return { ...request, idempotency: { key, requestHash } };
}

function answerOf({ token, expiresIn, expiresAt, session, userId: user, kicked }: MintedToken) {
  return {
    token,
    tokenType: 'Bearer' as const,
    expiresIn,
    expiresAt: asTime(expiresAt),
    sessionId: session.id,
    userId: user,
    platformId: session.platformId,
    deviceId: session.deviceId === '' ? null : session.deviceId,
    kicked: kicked.map((other) => ({
      ...other,
      deviceId: other.deviceId === '' ? null : other.deviceId,
    })),
  };
}
