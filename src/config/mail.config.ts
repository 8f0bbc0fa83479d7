import { z } from 'zod';
import { settingNotes } from './setting.js';

function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '';
}

/** Mail that is sent to people: recovery codes. */
export const mailConfig = z.strictObject({
  smtpUrl: z
    .string()
    .refine(isSmtpUrl)
    .optional()
    .describe('The server that mail is sent through.')
    .register(settingNotes, {
      kind: 'text',
      secret: true,
      allowed: 'a URL like smtps://user:password@mail.example.com or smtp://127.0.0.1:25',
      whenAbsent: 'no mail is sent',
    }),
  from: z
    .string()
    .regex(/^[^\r\n]{3,200}$/)
    .default('Countersign <no-reply@localhost>')
    .describe('The sender of mail.')
    .register(settingNotes, {
      kind: 'text',
      allowed: 'an address, with or without a name in front',
    }),
});
