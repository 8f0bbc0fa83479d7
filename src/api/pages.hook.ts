import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { dialectOf } from './dialect.js';

/** What a page needs to read of an answer beside its body. */
const EXPOSED = ['WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy'];

const ALLOWED = ['Authorization', 'Content-Type', 'DPoP', 'Idempotency-Key'];

/** Seconds that a browser need not ask again; the most that any of them keeps to. */
const MAX_AGE_SECONDS = 7200;

/**
 * Lets the pages of these origins call the native API and OAuth 2.0 from a browser (CORS, Fetch
 * standard §3.3). Without cookies: tokens come in headers. Of OpenIM's calls its dialect takes care.
 * To be added before the other hooks, so that a page can read their errors, too.
 */
export async function addPagesHook(
  server: FastifyInstance,
  origins: readonly string[],
): Promise<void> {
  if (origins.length === 0) return;
  const options = {
    origin: [...origins],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ALLOWED,
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS,
    strictPreflight: false,
  };
  await server.register(cors, {
    delegator: ({ url }: FastifyRequest, done) =>
      done(null, dialectOf(url) === 'openim' ? { origin: false } : options),
  });
}
