/** What stands in the place of a secret. */
export const REDACTED = '(hidden)';

const MAX_DEPTH = 8;
const MAX_ENTRIES = 200;

/** Ends of names, without case, `-` and `_`, of what holds a secret: headers, body fields, settings. */
const SECRET_NAME =
  /(?:authorization|cookie|token|secret|password|passwd|passphrase|assertion|privatekey|masterkey|apikey|databaseurl|redisurl|smtpurl|webhookurl|otpauthuri|recoverycodes?)$/;

/** Private members of a JWK (RFC 7518 §6.2.2, §6.3.2, §6.4.1); they mean nothing elsewhere. */
const PRIVATE_JWK_MEMBERS: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** A run of the characters of a JWS or JWE in compact form. */
const TOKEN_CHARACTERS = /[\w.-]+/g;

/** Shortest that a header `{"alg":…` can be before its dot. */
const MIN_HEADER_CHARACTERS = 11;

// Each begins with letters that must be there and goes on with one class at a time, so that its
// time stays in proportion to the text, whoever wrote that.
const TEXT_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/((?:bearer|basic)\s+)[\w.~+/=-]{16,}/gi, `$1${REDACTED}`],
  // The password of a URL.
  [/(:\/\/[^\s:/@"']*):[^\s/@"']+@/g, `$1:${REDACTED}@`],
  // A parameter of a query or form.
  [/((?:token|secret|password|assertion|[?&]code)=)[^&\s"'#\\]+/gi, `$1${REDACTED}`],
  // A member of a JSON text, be it within another one.
  [/((?:token|secret|password|assertion)\\*"\s*:\s*\\*")[^"\\]+/gi, `$1${REDACTED}`],
];

function withoutToken(run: string): string {
  let offset = 0;
  for (const part of run.split('.').slice(0, -1)) {
    const header = part.indexOf('eyJ');
    if (header >= 0 && part.length - header >= MIN_HEADER_CHARACTERS) {
      return run.slice(0, offset + header) + REDACTED;
    }
    offset += part.length + 1;
  }
  return run;
}

/** Whether what goes by this name is secret, whatever its spelling. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/[-_]/g, '').toLowerCase());
}

/** A text without the tokens, credentials and secret parameters that can be told by their looks. */
export function redactText(text: string): string {
  let result = text.replaceAll(TOKEN_CHARACTERS, withoutToken);
  for (const [pattern, mask] of TEXT_PATTERNS) result = result.replace(pattern, mask);
  return result;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const known: Record<string, unknown> = {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
  };
  if (error.cause !== undefined) known['cause'] = redactValue(error.cause, depth + 1);
  const own = redactEntries(error, depth);
  return { ...own, ...known };
}

function redactEntries(object: object, depth: number): Record<string, unknown> {
  const isJwk = 'kty' in object;
  const entries = Object.entries(object).slice(0, MAX_ENTRIES);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const secret = isSecretName(name) || (isJwk && PRIVATE_JWK_MEMBERS.has(name));
      return [name, secret && value != null ? REDACTED : redactValue(value, depth + 1)];
    }),
  );
}

/** Requests of Node and Fastify: large, and their headers are nobody's business. */
function isRequest(value: object): value is { method: string; url: string } {
  return (
    'headers' in value &&
    'method' in value &&
    typeof value.method === 'string' &&
    'url' in value &&
    typeof value.url === 'string'
  );
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '(too deep)';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ENTRIES).map((item) => redactValue(item, depth + 1));
  }
  if (isRequest(value)) return { method: value.method, url: redactText(value.url) };
  if (value instanceof Map) return redactEntries(Object.fromEntries(value) as object, depth);
  return redactEntries(value, depth);
}

/**
 * A copy of anything, fit to be logged or kept: what goes by a secret's name is gone, texts are
 * passed through {@link redactText}, errors become plain objects with their causes, requests their
 * method and URL, bytes their number. Bounded in depth and breadth, so that cycles end.
 */
export function redact(value: unknown): unknown {
  return redactValue(value, 0);
}
