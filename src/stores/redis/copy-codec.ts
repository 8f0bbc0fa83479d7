import { COPIED_SESSIONS } from '../../ports/copied-sessions.js';
import type { UserCopy, UserRef } from '../../ports/user-record.js';

/*
 * A copy as text, about 40 bytes for a user with one session:
 *
 *   1 <incarnation>.<version>.<position>.<status> <sessions> ; <role>
 *   1 1.2f.4fzzo.a AbCdEfGh;IjKlMnOpQrStUv:0,WxYzAbCdEfGhIj!k ;        (without the spaces)
 *
 * Numbers are in base 36. The sessions are as the copy has them (`ports/copied-sessions.ts`). The
 * role is JSON, and nothing at all when it is empty. Whose copy it is stands in the key.
 * `scripts/put-if-newer.lua` reads the first four fields.
 */

/** Which format this is: a copy in another is as good as none. */
const CODEC = '1';
const BASE = 36;

const STATUS_LETTERS = { active: 'a', suspended: 's' } as const;

const NUMBER = '([0-9a-z]{1,11})';
const COPY = new RegExp(
  String.raw`^1${NUMBER}\.${NUMBER}\.${NUMBER}\.([as])(${COPIED_SESSIONS});(.*)$`,
  's',
);

/** Throws a `RangeError` for a number that is negative or no integer. */
export function encodeCopy(copy: UserCopy): string {
  const { incarnation, version, position, status, sessions } = copy;
  const role = copy.role === '' ? '' : JSON.stringify(copy.role);
  const head = `${number(incarnation)}.${number(version)}.${number(position)}`;
  return `${CODEC}${head}.${STATUS_LETTERS[status]}${sessions};${role}`;
}

/** The copy again, or `undefined` for anything that this codec did not write. */
export function decodeCopy(user: UserRef, text: string): UserCopy | undefined {
  const fields = COPY.exec(text);
  if (!fields) return undefined;
  const [, incarnation, version, position, status, sessions = '', role] = fields;
  try {
    return {
      appId: user.appId,
      userId: user.userId,
      incarnation: parseNumber(incarnation),
      version: parseNumber(version),
      position: parseNumber(position),
      status: status === STATUS_LETTERS.active ? 'active' : 'suspended',
      role: parseRole(role),
      sessions,
    };
  } catch {
    return undefined;
  }
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

function number(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('A number is out of range');
  return value.toString(BASE);
}
