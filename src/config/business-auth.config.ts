import { z } from 'zod';
import { origins, seconds, settingNotes, wholeNumber } from './setting.js';

/** Tier 1: accounts and their logins. */
export const businessAuthConfig = z.strictObject({
  registration: z
    .enum(['open', 'closed'])
    .default('open')
    .describe('Whether whoever calls may register an account, or operators only.')
    .register(settingNotes, { kind: 'text', allowed: 'one of open, closed' }),
  accessTtlSeconds: seconds(900, 'Lifetime of a business access token.'),
  refreshTtlSeconds: seconds(
    2_592_000,
    'How long a business session lives that is not refreshed; each refresh begins it anew.',
  ),
  refreshGraceSeconds: wholeNumber(
    { from: 0, to: 300, fallback: 10 },
    'How long after its successor was first used a refresh token still gets the same answer.',
  ),
  sessionsMax: wholeNumber(
    { from: 1, to: 100, fallback: 20 },
    'How many sessions an account may have; a login beyond that ends the one unused for longest.',
  ),
  mfaTtlSeconds: wholeNumber(
    { from: 30, to: 3600, fallback: 300 },
    'How long the second step of a login may take.',
  ),
  recoveryTtlSeconds: wholeNumber(
    { from: 60, to: 86_400, fallback: 900 },
    'How long a recovery code is good.',
  ),
  passwordMinCharacters: wholeNumber(
    { from: 8, to: 64, fallback: 8 },
    'The fewest characters that a password may have.',
  ),
  passwordMinStrength: wholeNumber(
    { from: 0, to: 4, fallback: 3 },
    'The least strength that a password must be estimated to have, as zxcvbn counts it.',
  ),
  argon2MemoryKib: wholeNumber(
    { from: 8192, to: 2_097_152, fallback: 19_456 },
    'Memory of an Argon2id password hash, in KiB.',
  ),
  argon2Iterations: wholeNumber({ from: 1, to: 100, fallback: 2 }, 'Passes of an Argon2id hash.'),
  argon2Parallelism: wholeNumber({ from: 1, to: 16, fallback: 1 }, 'Lanes of an Argon2id hash.'),
  hashesAtOnce: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('How many passwords are hashed at once; further ones wait.')
    .register(settingNotes, {
      kind: 'number',
      allowed: 'a whole number from 1 to 64',
      whenAbsent: 'half of the processors, at least 1 and at most 3',
    }),
  totpIssuer: z
    .string()
    .regex(/^[^\s:][^:]{0,63}$/)
    .default('Countersign')
    .describe('What an authenticator app calls the accounts of this broker.')
    .register(settingNotes, {
      kind: 'text',
      allowed: '1 to 64 characters without colons, not beginning with a space',
    }),
  passkeyOrigins: origins(
    'The origins of the pages on which passkeys may be used; all of the domain of the first one. None: that of `PUBLIC_URL`.',
  ),
});
