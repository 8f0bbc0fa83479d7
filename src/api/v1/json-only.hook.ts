import type { FastifyInstance } from 'fastify';
import { BrokerError } from '../../common/errors.js';
import { dialectOf } from '../dialect.js';

const JSON_TYPE = /^application\/json *(?:;|$)/i;

/** Native calls take JSON only; the server can read forms, too, for OAuth 2.0. */
export function addJsonOnly(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'];
    if (type === undefined || JSON_TYPE.test(type) || dialectOf(request.url) !== 'native') {
      return done();
    }
    done(new BrokerError('unsupported_media_type', 'the content type must be application/json'));
  });
}
