import type { FastifyReply, FastifyRequest } from 'fastify';

const LONGEST_MS = 2000;

/**
 * Reads what is left of a request whose answer will close the connection, for a while at most, and
 * then calls back. A connection closed with something unread is reset, and the answer, such as
 * that the body is too large, may be lost with it (RFC 9112 §9.6).
 */
export function readRest({ raw }: FastifyRequest, reply: FastifyReply, answer: () => void): void {
  if (raw.complete || raw.destroyed || reply.getHeader('connection') !== 'close') return answer();
  const goOn = () => {
    clearTimeout(tooLong);
    raw.off('end', goOn);
    answer();
  };
  const tooLong = setTimeout(goOn, LONGEST_MS);
  raw.on('end', goOn);
  raw.resume();
}
