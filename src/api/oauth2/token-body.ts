import { z } from 'zod';

/** What introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) take. */
export const TokenBody = z.object({
  token: z.string('must be given once').min(1, 'must not be empty'),
  /** Looked at by nobody: a token says itself what it is. */
  token_type_hint: z.string().max(100).optional(),
  client_id: z.string().max(64).optional(),
  client_secret: z.string().max(1024).optional(),
});
