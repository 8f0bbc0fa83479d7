import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { describeKey, describeOutcome } from '../../keys/describe-key.js';
import { KeyView } from '../../keys/key-view.js';
import { RevokeKey } from '../../keys/revoke-key.js';
import { SHARED_RING } from '../../keys/ring.js';
import { RotateKeys } from '../../keys/rotate-keys.js';
import { LedgerTrust } from '../../ledger/ledger-trust.js';
import { AdminCall, Caller, FreshAdminCall } from './admin-call.js';
import { Answers } from './answers.js';
import { text } from './fields.js';

const RotateBody = z.strictObject({
  force: z
    .boolean('must be true or false')
    .optional()
    .meta({ description: 'Also when verifiers may not know the upcoming key yet.' }),
  ring: z
    .string()
    .max(80, 'must not be longer than 80 characters')
    .optional()
    .meta({ description: '`shared` when absent; `app:<id>`: the HS256 keys of an app.' }),
});

const RevokeBody = z.strictObject({ reason: text(500) });

const KeyAnswer = z.object({
  id: z.string(),
  ring: z.string(),
  algorithm: z.enum(['ES256', 'HS256']),
  state: z.enum(['upcoming', 'active', 'retiring', 'removed', 'revoked']),
  publishedAt: z.iso.datetime(),
  activatedAt: z.iso.datetime().nullable(),
  retiredAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  revokedBy: z.string().nullable(),
  revokedReason: z.string().nullable(),
  removedAt: z.iso.datetime().nullable(),
  signsUntil: z.iso.datetime().meta({ description: 'No token that it signed expires later.' }),
});

const RingAnswer = z.object({
  ring: z.string(),
  active: KeyAnswer,
  upcoming: KeyAnswer,
  publishedLongEnough: z.boolean().meta({
    description:
      'False: who verifies by the JWKS alone may not know the active key before its cache ends.',
  }),
});

/** `/v1/keys`: the operator's calls about signing keys. */
@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: KeyView,
    private readonly rotating: RotateKeys,
    private readonly revoking: RevokeKey,
    private readonly trust: LedgerTrust,
  ) {}

  @Get()
  @AdminCall('keys:read')
  @ApiOperation({ summary: 'List the keys of every ring, oldest first' })
  @Answers(200, z.object({ keys: z.array(KeyAnswer) }))
  async list() {
    if (!this.trust.isFresh()) await this.trust.renew();
    return { keys: this.keys.rows.map(describeKey) };
  }

  @Post('rotate')
  @HttpCode(200)
  @FreshAdminCall('keys:write')
  @ApiOperation({
    summary: 'Have the upcoming key sign from now on',
    description:
      '409 `rotation_too_early`, with `Retry-After`, while it has not been published for `keys.prepublishSeconds`, unless forced. Wants a fresh admin token.',
  })
  @Answers(200, RingAnswer)
  async rotate(@Body({ schema: RotateBody.nullish() }) body?: z.infer<typeof RotateBody> | null) {
    const { ring = SHARED_RING, force = false } = body ?? {};
    return describeOutcome(await this.rotating.rotate(ring, force));
  }

  @Post(':keyId/revoke')
  @HttpCode(200)
  @FreshAdminCall('keys:write')
  @ApiOperation({
    summary: 'Kill a key, for good',
    description:
      'Everything that it signed is refused on every broker when this is answered, and where it signed, the upcoming key does. Who verifies by the JWKS alone learns it when its cache ends. Wants a fresh admin token.',
  })
  @Answers(200, RingAnswer.extend({ revoked: KeyAnswer }))
  async revoke(
    @Caller() caller: AdminPrincipal,
    @Param('keyId') keyId: string,
    @Body({ schema: RevokeBody }) { reason }: z.infer<typeof RevokeBody>,
  ) {
    const { revoked, ...outcome } = await this.revoking.revoke(keyId, { by: caller.name, reason });
    return { revoked: describeKey(revoked), ...describeOutcome(outcome) };
  }
}
