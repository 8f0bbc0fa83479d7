import { idProblem } from '../../common/identifiers.js';
import { ACCOUNT_ID_PREFIX } from '../../ports/account-record.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';

export const DEFAULT_USER_ID_TEMPLATE = '{name}/{id}';

const PLACEHOLDER = /\{(name|id)\}/g;
/** What no issuer's name holds. */
const NOT_OF_A_NAME = /[^a-z0-9-]/;

/** The IM user id of whom a trusted issuer calls `id`. It may be too long, or otherwise no id. */
export function userIdOf(
  { name, userIdTemplate }: Pick<TrustedIssuerRow, 'name' | 'userIdTemplate'>,
  id: string,
): string {
  // In one pass, and not as a replacement's pattern: `id` is a stranger's text.
  return userIdTemplate.replaceAll(PLACEHOLDER, (_, what) => (what === 'id' ? id : name));
}

/** The issuer's name in front, and its end plain to see. */
const OWN_USERS = /^\{name\}[^a-z0-9-]/;

/**
 * Whether the template lets the issuer of this name speak of users that are not its own: another
 * issuer's, an account's.
 */
export function namesAnyUser(template: string, name: string): boolean {
  return (
    !OWN_USERS.test(template) ||
    userIdOf({ name, userIdTemplate: template }, '').startsWith(ACCOUNT_ID_PREFIX)
  );
}

/** What is wrong with a template for the issuer of this name, or undefined. */
export function templateProblem(template: string, name: string): string | undefined {
  const [before = '', after, more] = template.split('{id}');
  if (after === undefined || more !== undefined) return 'must contain {id} exactly once';
  const names = [before, after].map((part) => part.split('{name}'));
  if (names.flat().length > 3) return 'must not contain {name} more than once';
  if (/[{}]/.test(names.flat().join(''))) return 'must not contain other braces';
  const problem = idProblem(userIdOf({ name, userIdTemplate: template }, 'x'));
  if (problem !== undefined) return `${problem} once it is filled in`;
  // Else `a` with the id `b-1` would be `a-b` with the id `1`.
  const between = before.includes('{name}') ? names[0]?.[1] : names[1]?.[0];
  if (template.includes('{name}') && !NOT_OF_A_NAME.test(between ?? '')) {
    return 'must set {name} and {id} apart by something that is no letter, digit or hyphen';
  }
  return undefined;
}
