import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A hot call spelled as every client spells it; an app's id needs no escapes. */
const PLAIN = /^\/(?:(?:apps\/[\w-]{1,64}\/)?auth\/(?:parse|get_user)_token|v1\/im\/tokens)$/;

/**
 * Has `lane`, which serves the hot calls and nothing else, answer them instead of `server`. The
 * hooks that Nest adds to its server go for every route of it, also those that were there before;
 * on a check they cost more than the check.
 *
 * `server` must serve the hot calls as well: it is left with those that are spelled unusually.
 */
export function divertHotCalls(server: FastifyInstance, lane: FastifyInstance): void {
  server.server.removeAllListeners('request');
  server.server.on('request', (request, response) => {
    const answering = isHotCall(request) ? lane : server;
    answering.routing(request, response);
  });
}

function isHotCall({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url !== undefined && PLAIN.test(url);
}
