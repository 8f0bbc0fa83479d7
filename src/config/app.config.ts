import { z } from 'zod';
import { settingNotes } from './setting.js';

export const MIN_APP_SECRET_CHARACTERS = 32;

/** An id as IM users may have it; `:` is refused as OpenIM refuses it. */
// oxlint-disable-next-line no-control-regex -- control characters are what it keeps out
const USER_ID = /^[^\s:,\u0000-\u001f\u007f]{1,64}$/u;

/** The app `default`, which exists from the first start. */
export const appConfig = z.strictObject({
  secret: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .min(MIN_APP_SECRET_CHARACTERS)
    .max(256)
    .optional()
    .describe('The secret of the app `default`. Required in production.')
    .register(settingNotes, {
      kind: 'text',
      env: 'COUNTERSIGN_APP_SECRET',
      secret: true,
      allowed: `${MIN_APP_SECRET_CHARACTERS} to 256 printable ASCII characters without spaces (make one with: openssl rand -base64 32)`,
      whenAbsent: 'generated into `DATA_DIR`',
    }),
  adminUserIds: z
    .array(z.string().regex(USER_ID))
    .min(1)
    .refine((ids) => new Set(ids).size === ids.length)
    .default(['imAdmin'])
    .describe('The admin user ids of the app `default`: who may get its admin tokens.')
    .register(settingNotes, {
      kind: 'list',
      env: 'COUNTERSIGN_ADMIN_USER_IDS',
      allowed:
        'at least one user id, none twice, each of 1 to 64 characters without spaces, commas and colons',
    }),
});
