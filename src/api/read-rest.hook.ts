import type { FastifyInstance } from 'fastify';

const LONGEST_MS = 2000;

/**
 * Reads what is left of a request before its answer closes the connection, for a while at most.
 * A connection closed with something unread is reset, and the answer, such as that the body is too
 * large, may be lost with it (RFC 9112 §9.6).
 */
export function addReadRest(server: FastifyInstance): void {
  server.addHook('onSend', ({ raw }, reply, payload, done) => {
    // Nearly every request has been read by now.
    if (raw.complete || raw.destroyed || reply.getHeader('connection') !== 'close') {
      return done(null, payload);
    }
    const goOn = () => {
      clearTimeout(tooLong);
      raw.off('end', goOn);
      done(null, payload);
    };
    const tooLong = setTimeout(goOn, LONGEST_MS);
    raw.on('end', goOn);
    raw.resume();
  });
}
