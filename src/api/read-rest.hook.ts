import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';

const LONGEST_MS = 2000;

/**
 * Reads what is left of a request before its answer closes the connection, for a while at most.
 * A connection closed with something unread is reset, and the answer, such as that the body is too
 * large, may be lost with it (RFC 9112 §9.6).
 */
export function addReadRest(server: FastifyInstance): void {
  server.addHook('onSend', async ({ raw }, reply) => {
    if (reply.getHeader('connection') !== 'close' || raw.complete || raw.destroyed) return;
    raw.resume();
    const tooLong = AbortSignal.timeout(LONGEST_MS);
    await once(raw, 'end', { signal: tooLong }).catch(() => undefined);
  });
}
