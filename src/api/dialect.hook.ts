import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BrokerError } from '../common/errors.js';
import { dialectOf } from './dialect.js';

const JSON_TYPE = /^application\/json *(?:;|$)/i;

/** What each dialect settles before a request's body is read. */
export function addDialectHook(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    switch (dialectOf(request.url)) {
      case 'openim':
        return receiveOpenim(request, reply, done);
      case 'native':
        return receiveNative(request, done);
      case 'oauth2':
        return done();
    }
  });
}

/**
 * Any origin may call from a browser, and a body is JSON whatever its content type says, or when,
 * as from OpenIM's own chat server, it says nothing (openimsdk/tools, `mw/gin.go`).
 */
function receiveOpenim(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const isPreflight = request.method === 'OPTIONS';
  // Only browsers send an origin, and only they read the answer.
  if (isPreflight || request.headers.origin !== undefined) {
    void reply.header('access-control-allow-origin', '*');
  }
  if (isPreflight) {
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
}

/**
 * Native calls take JSON only; the server can read forms, too, for OAuth 2.0. Of a body that there is
 * not, the type says nothing: clients that send it with every call mean no harm.
 */
function receiveNative(request: FastifyRequest, done: (error?: Error) => void): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) {
    delete request.headers['content-type'];
    return done();
  }
  const type = request.headers['content-type'];
  if (type === undefined || type === 'application/json' || JSON_TYPE.test(type)) return done();
  done(new BrokerError('unsupported_media_type', 'the content type must be application/json'));
}
