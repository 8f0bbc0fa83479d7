import { isIP } from 'node:net';
import { z } from 'zod';
import { origins, settingNotes } from './setting.js';

const NAMED_RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** An address, a CIDR range that is not everybody, or a name that Fastify knows. */
function isProxyRange(text: string): boolean {
  if (NAMED_RANGES.includes(text)) return true;
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = Number(prefix);
  return /^\d{1,3}$/.test(prefix) && bits >= 1 && bits <= (family === 4 ? 32 : 128);
}

const tlsConfig = z.strictObject({
  certFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the certificate chain for HTTPS.')
    .register(settingNotes, { kind: 'text', allowed: 'the path of a readable file' }),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the private key of that certificate.')
    .register(settingNotes, { kind: 'text', allowed: 'the path of a readable file' }),
});

/** How the broker is reached over HTTP. */
export const httpConfig = z.strictObject({
  trustedProxies: z
    .array(z.string().refine(isProxyRange))
    .default([])
    .describe(
      'Proxies whose X-Forwarded headers are believed. Plain HTTP in production needs one, which ends TLS.',
    )
    .register(settingNotes, {
      kind: 'list',
      allowed: `IP addresses, CIDR ranges with a prefix of at least 1, or the names ${NAMED_RANGES.join(', ')}`,
    }),
  pageOrigins: origins(
    'The origins of the pages that may call `/v1` and `/oauth2` from a browser (CORS).',
  ),
  tls: tlsConfig.prefault({}),
});
