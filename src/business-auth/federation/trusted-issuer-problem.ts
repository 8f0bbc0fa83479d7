import { isSlug, SLUG_PROBLEM, textProblem } from '../../common/identifiers.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';
import { namesAnyUser, templateProblem } from './user-id-template.js';

/** An issuer to be trusted, with everything that was left out filled in. */
export type ProposedIssuer = Omit<TrustedIssuerRow, 'id' | 'appId' | 'createdAt' | 'removedAt'>;

const MAX_URL_LENGTH = 2000;
const MAX_TEXT_LENGTH = 500;

/** What is wrong with an issuer to be trusted, as `field: what`, or undefined. */
export function trustedIssuerProblem(
  { name, issuer, jwksUrl, audience, userIdClaim, userIdTemplate }: ProposedIssuer,
  mayNameAnyUser: boolean,
): string | undefined {
  const problems = {
    name: isSlug(name) ? undefined : SLUG_PROBLEM,
    issuer: urlProblem(issuer),
    jwksUrl: urlProblem(jwksUrl),
    audience: textProblem(audience, MAX_TEXT_LENGTH),
    userIdClaim: textProblem(userIdClaim, MAX_TEXT_LENGTH),
    userIdTemplate: templateProblem(userIdTemplate, name),
    mayNameAnyUser:
      namesAnyUser(userIdTemplate, name) && !mayNameAnyUser
        ? 'must be true where ids do not begin with {name} and something that is no letter, digit or hyphen, or begin with usr_: the issuer may then speak of any user'
        : undefined,
  };
  const found = Object.entries(problems).find(([, problem]) => problem !== undefined);
  return found === undefined ? undefined : `${found[0]}: ${found[1]}`;
}

const NO_URL = 'must be an https URL';

/**
 * What its tokens are judged by must come from where it says it does: https, or this machine. Kept
 * to the letter, so nothing in it may be what a parser would pass over.
 */
function urlProblem(text: string): string | undefined {
  const problem = textProblem(text, MAX_URL_LENGTH);
  if (problem !== undefined) return problem;
  if (!/^https?:\/\/[^\s#\\]+$/.test(text)) return NO_URL;
  const url = URL.parse(text);
  if (url === null) return NO_URL;
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.protocol === 'http:' && !isLoopback(url)) {
    return 'must be an https URL; http is for this machine only';
  }
  return undefined;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
