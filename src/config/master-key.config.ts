import { z } from 'zod';
import { settingNotes } from './setting.js';

export const MASTER_KEY_BYTES = 32;

/** 32 bytes in base64 are 43 characters and one `=`; anything else decodes to something shorter, longer or looser. */
function isMasterKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === MASTER_KEY_BYTES && bytes.toString('base64') === text;
}

const ALLOWED = `${MASTER_KEY_BYTES} bytes in base64 (make one with: openssl rand -base64 32)`;

/** The key that wraps what encrypts the private signing keys. */
export const masterKeyConfig = z.strictObject({
  current: z
    .string()
    .refine(isMasterKey)
    .optional()
    .describe(
      'The key under which private signing keys are encrypted at rest. Required in the cluster profile.',
    )
    .register(settingNotes, {
      kind: 'text',
      env: 'COUNTERSIGN_MASTER_KEY',
      secret: true,
      allowed: ALLOWED,
      whenAbsent: 'generated into `DATA_DIR`',
    }),
  previous: z
    .string()
    .refine(isMasterKey)
    .optional()
    .describe('The master key before this one, while it is being changed.')
    .register(settingNotes, {
      kind: 'text',
      env: 'COUNTERSIGN_MASTER_KEY_PREVIOUS',
      secret: true,
      allowed: ALLOWED,
    }),
});
