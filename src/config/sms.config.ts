import { z } from 'zod';
import { settingNotes } from './setting.js';

/** Text messages to people, handed to a webhook of the company's. */
export const smsConfig = z.strictObject({
  webhookUrl: z
    .string()
    .regex(/^https?:\/\/[^\s]+$/)
    .refine((text) => URL.canParse(text))
    .optional()
    .describe('Where a text message to be sent is posted as JSON.')
    .register(settingNotes, {
      kind: 'text',
      secret: true,
      allowed: 'an http or https URL',
      whenAbsent: 'no text messages are sent',
    }),
  webhookSecret: z
    .string()
    .regex(/^[\x21-\x7e]{32,256}$/)
    .optional()
    .describe('What the posts to the webhook are signed with (HMAC-SHA-256).')
    .register(settingNotes, {
      kind: 'text',
      secret: true,
      allowed: '32 to 256 printable ASCII characters without spaces',
      whenAbsent: 'they are not signed',
    }),
});
