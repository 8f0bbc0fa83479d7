import { z } from 'zod';
import { MAX_SECONDS, settingNotes, wholeNumber } from './setting.js';

export const KEY_ALGORITHMS = ['ES256', 'HS256'] as const;

/** Signing keys. */
export const keysConfig = z.strictObject({
  algorithm: z
    .enum(KEY_ALGORITHMS)
    .default('ES256')
    .describe(
      'How tokens are signed: ES256, which anyone can verify with the JWKS, or HS256, which only the broker can.',
    )
    .register(settingNotes, { kind: 'text', allowed: `one of ${KEY_ALGORITHMS.join(', ')}` }),
  rotationIntervalSeconds: wholeNumber(
    { from: 1, to: MAX_SECONDS, fallback: 86_400 },
    'How long a key signs before the next one does.',
  ),
  prepublishSeconds: wholeNumber(
    { from: 1, to: MAX_SECONDS, fallback: 600 },
    'How long a key is in the JWKS before it signs.',
  ),
});
