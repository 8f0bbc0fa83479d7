import { z } from 'zod';
import { once } from './form.js';

/** What introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) take. */
export const TokenBody = z.object({
  token: once().min(1, 'must not be empty'),
  /** Looked at by nobody: a token says itself what it is. */
  token_type_hint: once().max(100).optional(),
  client_id: once().max(64).optional(),
  client_secret: once().max(1024).optional(),
});
