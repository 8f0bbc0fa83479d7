import { HttpException } from '@nestjs/common';
import { BrokerError, type ErrorCode } from '../common/errors.js';

const BY_STATUS: Readonly<Record<number, [ErrorCode, string]>> = {
  400: ['invalid_request', 'the request is not well-formed'],
  404: ['route_unknown', 'there is nothing at this path'],
  405: ['method_not_allowed', 'this path does not take that method'],
  413: ['payload_too_large', 'the request body is too large'],
  414: ['invalid_request', 'the URL is too long'],
  415: ['unsupported_media_type', 'the content type of the body is not supported here'],
};

/** What the HTTP server says in more words than the status has (Fastify's error codes). */
const BY_CODE: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty; JSON is wanted',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as its Content-Length says',
};

/** Whatever was thrown, as an error of ours. Unknown ones become `internal`, with their cause. */
export function toBrokerError(thrown: unknown): BrokerError {
  if (thrown instanceof BrokerError) return thrown;
  const status = statusOf(thrown);
  const known = status === undefined ? undefined : BY_STATUS[status];
  if (known === undefined) {
    return new BrokerError('internal', 'something went wrong here', { cause: thrown });
  }
  const [code, detail] = known;
  return new BrokerError(code, BY_CODE[codeOf(thrown)] ?? detail, { cause: thrown });
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof SyntaxError) return undefined;
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

function codeOf(thrown: unknown): string {
  const { code, cause } = thrown as { code?: unknown; cause?: { code?: unknown } };
  if (typeof code === 'string') return code;
  return typeof cause?.code === 'string' ? cause.code : '';
}
