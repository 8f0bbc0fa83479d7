import { z } from 'zod';
import { MAX_SECONDS, seconds, settingNotes, wholeNumber } from './setting.js';

// oxlint-disable-next-line no-control-regex -- control characters are what it keeps out
const ROLE = /^[^\u0000-\u001f\u007f]{1,64}$/u;

/** How long tokens of the IM tier are good. */
export const tokensConfig = z.strictObject({
  userTtlSeconds: seconds(3600, 'Lifetime of a user token when its request names none.'),
  maxUserTtlSeconds: seconds(
    2_592_000,
    'The longest lifetime that a user token may have, whoever asks for it.',
  ),
  adminTtlSeconds: seconds(900, 'Lifetime of an admin token.'),
  clockLeewaySeconds: wholeNumber(
    { from: 0, to: 300, fallback: 5 },
    'How long past its expiry a token is still taken, because clocks differ.',
  ),
  roleTtlSeconds: z
    .record(z.string().regex(ROLE), z.int().min(1).max(MAX_SECONDS))
    .default({})
    .describe('Lifetime of the user tokens of users with a given role.')
    .register(settingNotes, {
      kind: 'map',
      allowed: `role names of 1 to 64 characters, each with a whole number of seconds from 1 to ${MAX_SECONDS}, as {"vip":7200} or vip=7200,guest=600`,
    }),
});
