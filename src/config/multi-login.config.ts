import { z } from 'zod';
import { settingNotes, wholeNumber } from './setting.js';

export const MULTI_LOGIN_POLICIES = [0, 1, 4, 5] as const;

/** Who is kicked when a user logs in again. */
export const multiLoginConfig = z.strictObject({
  policy: z
    .literal(MULTI_LOGIN_POLICIES)
    .default(1)
    .describe(
      'Whom a new session kicks: 0 nobody up to `multiLogin.maxNumOneEnd` per platform, 1 the same platform, 4 the same platform class, 5 all but PC and one other.',
    )
    .register(settingNotes, {
      kind: 'number',
      allowed: `one of ${MULTI_LOGIN_POLICIES.join(', ')}`,
    }),
  maxNumOneEnd: wholeNumber(
    { from: 1, to: 1000, fallback: 30 },
    'Under policy 0, how many sessions a user may have on one platform.',
  ),
});
