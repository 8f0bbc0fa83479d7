import type { FastifyReply } from 'fastify';
import type { BrokerError } from '../common/errors.js';

/**
 * The headers that tell of a limit (draft-ietf-httpapi-ratelimit-headers §3, §4), on an answer that
 * was refused because of one.
 */
export function sendRateLimit(reply: FastifyReply, { rateLimit }: BrokerError): void {
  if (rateLimit === undefined) return;
  const { limit, remaining, resetSeconds } = rateLimit;
  void reply
    .header('ratelimit-policy', `"${limit.name}";q=${limit.attempts};w=${limit.perSeconds}`)
    .header('ratelimit', `"${limit.name}";r=${remaining};t=${resetSeconds}`);
}
