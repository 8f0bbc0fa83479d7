import { Body, Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CONFIG, type Config } from '../../config/config.js';
import { AppDirectory, type AppRules } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { MintUserToken } from '../../im/tokens/mint-user-token.js';
import { toBrokerError } from '../to-broker-error.js';
import { validated } from '../validation.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { BatchAnswer } from './mint-token.answers.js';
import { MintBody, mintAnswerOf, mintRequestOf } from './mint-token.js';

/** Requests in one batch, at most. */
const MAX_REQUESTS = 1000;

const BatchBody = z.strictObject({
  requests: z
    .array(z.unknown())
    .min(1, 'must not be empty')
    .max(MAX_REQUESTS, `must not hold more than ${MAX_REQUESTS} requests`)
    .meta({ items: z.toJSONSchema(MintBody, { io: 'input', target: 'openapi-3.0' }) }),
});

/** `POST /v1/im/tokens/batch`: mints up to a thousand; each succeeds or fails by itself. */
@ApiTags('tokens')
@Controller('v1/im/tokens')
export class MintBatchController {
  readonly #ttlSeconds: number;

  constructor(
    private readonly apps: AppDirectory,
    private readonly minting: MintUserToken,
    @Inject(CONFIG) config: Config,
  ) {
    this.#ttlSeconds = config.tokens.userTtlSeconds;
  }

  @Post('batch')
  @HttpCode(200)
  @AdminCall('im:tokens:mint')
  @ApiOperation({ summary: 'Mint up to 1000 user tokens; each succeeds or fails by itself' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @Answers(200, BatchAnswer)
  async mint(
    @Caller() caller: AdminPrincipal,
    @Body({ schema: BatchBody }) { requests }: z.infer<typeof BatchBody>,
    @Headers('idempotency-key') key?: string,
  ) {
    const rules = await this.apps.rules(caller.appId);
    const minted = requests.map((request, index) => this.#mintOne(rules, request, key, index));
    return { results: await Promise.all(minted) };
  }

  async #mintOne(rules: AppRules, request: unknown, key: string | undefined, index: number) {
    try {
      const wanted = mintRequestOf(validated(MintBody, request), key, index);
      const minted = await this.minting.mint(rules, wanted, this.#ttlSeconds);
      return { ok: true as const, ...mintAnswerOf(minted) };
    } catch (thrown) {
      const { code, detail } = toBrokerError(thrown);
      return { ok: false as const, error: { code, detail } };
    }
  }
}
