import { createHash } from 'node:crypto';
import { z } from 'zod';
import { asTime } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import type { MintedToken, MintRequest } from '../../im/tokens/mint-user-token.js';
import { deviceId, platformId, scope, ttlSeconds, userId } from './fields.js';

/** What a native mint takes, alone or in a batch. */
export const MintBody = z.strictObject({
  userId,
  platformId,
  deviceId: deviceId.optional(),
  ttlSeconds: ttlSeconds.optional(),
  scope: scope.optional(),
});

export type MintBody = z.infer<typeof MintBody>;

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The request as the domain knows it; `key` is the `Idempotency-Key`, if there is one, and `index`
 * the request's place in a batch, whose requests share the key and yet have one each.
 */
export function mintRequestOf(
  body: MintBody,
  key: string | undefined,
  index?: number,
): MintRequest {
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
  const own = `${index ?? ''}:${key}`;
  return { ...request, idempotency: { key: own, requestHash: hashOf(request) } };
}

function hashOf({ userId: user, platformId: platform, deviceId: device, ...rest }: MintRequest) {
  const fields = [user, platform, device, rest.ttlSeconds ?? null, rest.scope ?? null];
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}

export function mintAnswerOf(minted: MintedToken) {
  const { token, expiresIn, expiresAt, session, userId: user, kicked } = minted;
  return {
    token,
    tokenType: 'Bearer' as const,
    expiresIn,
    expiresAt: asTime(expiresAt),
    sessionId: session.id,
    userId: user,
    platformId: session.platformId,
    deviceId: deviceOf(session.deviceId),
    kicked: kicked.map((other) => ({ ...other, deviceId: deviceOf(other.deviceId) })),
  };
}

function deviceOf(id: string): string | null {
  return id === '' ? null : id;
}
