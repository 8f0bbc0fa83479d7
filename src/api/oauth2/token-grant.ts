import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { once } from './form.js';

/** What `POST /oauth2/token` takes, whatever the grant: each looks at its own part. */
export const TokenRequest = z.object({
  grant_type: once(),
  scope: once().max(1024).optional(),
  client_id: once().max(64).optional(),
  client_secret: once().max(1024).optional(),
  refresh_token: once().max(256).optional(),
  subject_token: once().max(16_384).optional(),
  subject_token_type: once().max(200).optional(),
  requested_token_type: once().max(200).optional(),
  actor_token: once().max(16_384).optional(),
  actor_token_type: once().max(200).optional(),
  // These two may be given more than once (RFC 8693 §2.1).
  audience: z.union([z.string(), z.array(z.string())]).optional(),
  resource: z.union([z.string(), z.array(z.string())]).optional(),
  platform_id: once().max(2).optional(),
  device_id: once().max(64).optional(),
});

export type TokenRequest = z.infer<typeof TokenRequest>;

/** What each grant answers with (RFC 6749 §5.1), and more where its own RFC says so. */
export const TokenAnswer = z.looseObject({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int(),
  scope: z.string().optional(),
  refresh_token: z.string().optional(),
  issued_token_type: z.string().optional(),
  session_id: z.string().optional().meta({ description: 'Of an exchange: the IM session.' }),
  user_id: z.string().optional().meta({ description: 'Of an exchange: the IM user.' }),
  kicked: z
    .array(z.string())
    .optional()
    .meta({ description: 'Of an exchange: the sessions that it kicked.' }),
});

export type TokenAnswer = z.infer<typeof TokenAnswer>;

/** One grant of the token endpoint. */
export abstract class TokenGrant {
  abstract readonly type: string;
  abstract grant(request: FastifyRequest, body: TokenRequest): Promise<TokenAnswer>;
}
