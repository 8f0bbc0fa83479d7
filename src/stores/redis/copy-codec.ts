import type { FinalCause, UserCopy, UserRef } from '../../ports/user-record.js';

/*
 * A copy as text, about 40 bytes for a user with one session:
 *
 *   1 <incarnation>.<version>.<position>.<status> <prefix> ; <sessions> ; <role>
 *   1 1.2f.4fzzo.a AbCdEfGh ; IjKlMnOpQrStUv:0,WxYzAbCdEfGhIj!k ;        (without the spaces)
 *
 * Numbers are in base 36. The first eight characters, which all session ids of a user share
 * (`common/ids.ts`), stand once in front. `:<epoch>` marks a session that works, `!<letter>` one
 * that is denied and why. The role is JSON, and nothing at all when it is empty. Whose copy it is
 * stands in the key. `scripts/put-if-newer.lua` reads the first four fields.
 */

/** Which format this is: a copy in another is as good as none. */
const CODEC = '1';
const BASE = 36;
const PREFIX_LENGTH = 8;

const STATUS_LETTERS = { active: 'a', suspended: 's' } as const;
const DENIAL_LETTERS = {
  revoked: 'r',
  kicked: 'k',
  replaced: 'p',
  business_session_ended: 'b',
} as const satisfies Record<'revoked' | FinalCause, string>;

const DENIALS = new Map<string, keyof typeof DENIAL_LETTERS>([
  ['r', 'revoked'],
  ['k', 'kicked'],
  ['p', 'replaced'],
  ['b', 'business_session_ended'],
]);

const NUMBER = '([0-9a-z]{1,11})';
const SESSION = String.raw`[\w-]*(?::[0-9a-z]{1,11}|![rkpb])`;
const COPY = new RegExp(
  String.raw`^1${NUMBER}\.${NUMBER}\.${NUMBER}\.([as])([\w-]{0,8});((?:${SESSION}(?:,${SESSION})*)?);(.*)$`,
  's',
);
const SESSION_ID = /^[\w-]+$/;

/** Throws a `RangeError` for a copy with a session id that is not base64url, or a negative number. */
export function encodeCopy(copy: UserCopy): string {
  const prefix = commonPrefix(copy);
  const sessions: string[] = [];
  for (const [id, epoch] of copy.working) {
    sessions.push(`${suffix(id, prefix)}:${number(epoch)}`);
  }
  for (const [id, cause] of copy.denied) {
    sessions.push(`${suffix(id, prefix)}!${DENIAL_LETTERS[cause]}`);
  }
  const head = [copy.incarnation, copy.version, copy.position].map(number).join('.');
  const role = copy.role === '' ? '' : JSON.stringify(copy.role);
  return `${CODEC}${head}.${STATUS_LETTERS[copy.status]}${prefix};${sessions.join()};${role}`;
}

/** The copy again, or `undefined` for anything that this codec did not write. */
export function decodeCopy(user: UserRef, text: string): UserCopy | undefined {
  const fields = COPY.exec(text);
  if (!fields) return undefined;
  const [, incarnation, version, position, status, prefix, sessions, role] = fields;
  try {
    return {
      appId: user.appId,
      userId: user.userId,
      incarnation: parseNumber(incarnation),
      version: parseNumber(version),
      position: parseNumber(position),
      status: status === STATUS_LETTERS.active ? 'active' : 'suspended',
      role: parseRole(role),
      ...parseSessions(prefix, sessions),
    };
  } catch {
    return undefined;
  }
}

function parseSessions(prefix = '', list = ''): Pick<UserCopy, 'working' | 'denied'> {
  const working = new Map<string, number>();
  const denied = new Map<string, 'revoked' | FinalCause>();
  // By position: the pattern has seen to the form, and a split or a match for each costs more
  // than all else that is done to a copy.
  for (let start = 0; start < list.length;) {
    const comma = list.indexOf(',', start);
    const end = comma < 0 ? list.length : comma;
    const cause = list[end - 2] === '!' ? DENIALS.get(list.slice(end - 1, end)) : undefined;
    if (cause === undefined) {
      const colon = list.indexOf(':', start);
      working.set(prefix + list.slice(start, colon), parseNumber(list.slice(colon + 1, end)));
    } else {
      denied.set(prefix + list.slice(start, end - 2), cause);
    }
    start = end + 1;
  }
  return { working, denied };
}

function parseNumber(text = ''): number {
  const value = Number.parseInt(text, BASE);
  if (!Number.isSafeInteger(value)) throw new SyntaxError('not a number');
  return value;
}

function parseRole(json = ''): string {
  if (json === '') return '';
  const role: unknown = JSON.parse(json);
  if (typeof role !== 'string') throw new SyntaxError('not a role');
  return role;
}

function commonPrefix(copy: UserCopy): string {
  let prefix: string | undefined;
  for (const ids of [copy.working, copy.denied]) {
    for (const id of ids.keys()) {
      prefix ??= id.slice(0, PREFIX_LENGTH);
      if (!id.startsWith(prefix)) return '';
    }
  }
  return prefix ?? '';
}

function suffix(id: string, prefix: string): string {
  if (!SESSION_ID.test(id)) throw new RangeError('A session id is not base64url');
  return id.slice(prefix.length);
}

function number(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('A number is out of range');
  return value.toString(BASE);
}
