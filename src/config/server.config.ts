import { isIP } from 'node:net';
import { z } from 'zod';
import { settingNotes, wholeNumber } from './setting.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const HOST_NAME =
  /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

function isHost(text: string): boolean {
  return isIP(text) > 0 || HOST_NAME.test(text);
}

/** Whether a text can be an issuer: RFC 8414 §2 wants neither query nor fragment. */
function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(text) || /[?#\s]/.test(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}

/** Where the broker listens, and as whom. */
export const serverConfig = z.strictObject({
  host: z
    .string()
    .refine(isHost)
    .default('127.0.0.1')
    .describe('The address or host name to listen on.')
    .register(settingNotes, {
      kind: 'text',
      env: 'HOST',
      allowed: 'an IP address or a host name',
    }),
  port: wholeNumber({ from: 1, to: 65_535, fallback: 3000, env: 'PORT' }, 'The port to listen on.'),
  dataDir: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'))
    .default('./data')
    .describe(
      'Where the embedded ledger and generated secrets are kept, with mode 0700; relative to the working directory.',
    )
    .register(settingNotes, { kind: 'text', env: 'DATA_DIR', allowed: 'the path of a directory' }),
  publicUrl: z
    .string()
    .refine(isPublicUrl)
    .optional()
    .describe(
      'The issuer of tokens and the base of the metadata; a slash at its end is dropped. In production it must be set, and https.',
    )
    .register(settingNotes, {
      kind: 'text',
      env: 'PUBLIC_URL',
      allowed: 'an http or https URL without credentials, query and fragment',
      whenAbsent: '`http://HOST:PORT`, or https with `http.tls`',
    }),
  logLevel: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe('What is logged: this level and those more severe.')
    .register(settingNotes, {
      kind: 'text',
      env: 'LOG_LEVEL',
      allowed: `one of ${LOG_LEVELS.join(', ')}`,
    }),
});
