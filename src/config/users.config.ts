import { z } from 'zod';
import { settingNotes } from './setting.js';

/** IM users. */
export const usersConfig = z.strictObject({
  autoRegister: z
    .boolean()
    .default(true)
    .describe('Whether minting for an unknown user id registers it; otherwise it is refused.')
    .register(settingNotes, { kind: 'boolean', allowed: 'true or false' }),
});
