import { z } from 'zod';
import { MAX_SECONDS, settingNotes, wholeNumber } from './setting.js';

/** So many tries within so many seconds. */
function limit(attempts: number, perSeconds: number, of: string) {
  return z
    .strictObject({
      attempts: wholeNumber({ from: 1, to: 1_000_000, fallback: attempts }, `How many ${of}.`),
      perSeconds: wholeNumber(
        { from: 1, to: MAX_SECONDS, fallback: perSeconds },
        `The time within which so many ${of} are let through.`,
      ),
    })
    .prefault({});
}

/** Limits on guessing. An account's owner has a limit apart on every device known to the account. */
export const rateLimitsConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether guessing is limited.')
    .register(settingNotes, { kind: 'boolean', allowed: 'true or false' }),
  loginPerAccount: limit(10, 900, 'failed logins for one account name'),
  loginPerAddress: limit(100, 900, 'failed logins from one address'),
  registerPerAddress: limit(60, 3600, 'registrations from one address'),
  secondFactorPerAccount: limit(10, 900, 'wrong second factors of one account'),
  secondFactorPerAddress: limit(100, 900, 'wrong second factors from one address'),
  stepUpPerAccount: limit(10, 900, 'failed step-ups of one account'),
  stepUpPerAddress: limit(100, 900, 'failed step-ups from one address'),
  passkeyPerAddress: limit(300, 900, 'passkeys asked for from one address'),
  recoveryPerAccount: limit(5, 3600, 'recoveries begun for one account name'),
  recoveryPerAddress: limit(30, 3600, 'recoveries begun, or codes tried, from one address'),
  sessionPerAccount: limit(300, 900, 'logins of one account, right ones too'),
  exchangePerAccount: limit(300, 900, 'user tokens that one account gets by exchange'),
  appSecretPerAddress: limit(100, 60, 'wrong secrets of apps and clients from one address'),
});
