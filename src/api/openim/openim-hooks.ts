import type { FastifyInstance } from 'fastify';
import { dialectOf } from '../dialect.js';

/**
 * What OpenIM's calls do before anything is parsed (openimsdk/tools, `mw/gin.go`): any origin may
 * call them from a browser, and a body is JSON whatever its content type says, or when, as from
 * OpenIM's own chat server, it says nothing.
 */
export function addOpenimHooks(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (dialectOf(request.url) !== 'openim') return done();
    void reply.header('access-control-allow-origin', '*');
    if (request.method === 'OPTIONS') {
      void reply
        .header('access-control-allow-methods', 'POST, OPTIONS')
        .header('access-control-allow-headers', '*, token, operationID, content-type')
        .header('access-control-max-age', '172800')
        .status(204)
        .send();
      return;
    }
    if (request.method === 'POST') request.headers['content-type'] = 'application/json';
    done();
  });
}
