/** A whole HTTP request, ready to be written. */
export function request(
  host: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const lines = Object.entries({
    host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Digits of a user's number in its id; the same for all, so that a request can be patched. */
const DIGITS = 9;

/** `member` and `newcomer` never meet: the ones are there before a measurement, the others not. */
export function userIdOf(kind: 'member' | 'newcomer', number: number): string {
  return `${kind === 'member' ? 'user' : 'late'}-${String(number).padStart(DIGITS, '0')}`;
}

/** A request with a user id in it, which can be changed in place. */
export class UserRequest {
  readonly #at: number;

  constructor(readonly bytes: Buffer) {
    this.#at = bytes.lastIndexOf('-000000000') + 1;
    if (this.#at === 0) throw new Error('the request names no user 0');
  }

  for(number: number): Buffer {
    let rest = number;
    for (let index = this.#at + DIGITS - 1; index >= this.#at; index -= 1) {
      this.bytes[index] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    return this.bytes;
  }
}
