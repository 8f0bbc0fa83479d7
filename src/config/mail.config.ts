import { z } from 'zod';
import { settingNotes } from './setting.js';
import { readSmtpUrl } from './smtp-url.js';

/** An address, by itself or in angle brackets behind a name; no way into another header. */
const SENDER =
  /^(?:[^\p{Cc}<>]{0,150}<[^\p{Cc}\s<>@,;]+@[^\p{Cc}\s<>@,;]+>|[^\p{Cc}\s<>@,;]+@[^\p{Cc}\s<>@,;]+)$/u;

/** Mail that is sent to people: recovery codes. */
export const mailConfig = z.strictObject({
  smtpUrl: z
    .string()
    .refine((text) => readSmtpUrl(text) !== undefined)
    .optional()
    .describe(
      'The server that mail is sent through. `?requireTLS=true` sends nothing before STARTTLS.',
    )
    .register(settingNotes, {
      kind: 'text',
      secret: true,
      allowed:
        'a URL like smtps://user:password@mail.example.com, smtp://user:password@mail.example.com:587?requireTLS=true or smtp://127.0.0.1:25',
      whenAbsent: 'no mail is sent',
    }),
  from: z
    .string()
    .max(200)
    .regex(SENDER)
    .default('Countersign <no-reply@localhost>')
    .describe('The sender of mail.')
    .register(settingNotes, {
      kind: 'text',
      allowed: 'an address, with or without a name in front',
    }),
});
