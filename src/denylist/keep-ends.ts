import { KEPT_ENDS, MAX_KEPT_ENDS, type SessionEnd } from '../ports/user-record.js';

export interface Ends {
  /** What the record keeps, newest first. */
  readonly kept: readonly SessionEnd[];
  /** What it has no room for any more, to be put aside. */
  readonly aside: readonly SessionEnd[];
}

/** How long an end is remembered after the session's last token expired, to explain it. */
const EXPLAINED_SECONDS = 7 * 24 * 3600;

/** The ends of a record when `more` come to those it has, both newest first. `now` in Unix seconds. */
export function keepEnds(
  more: readonly SessionEnd[],
  before: readonly SessionEnd[],
  now: number,
): Ends {
  const known = [...more, ...before.filter((end) => isToBeExplained(end, now))];
  const room = known.length > MAX_KEPT_ENDS ? KEPT_ENDS : known.length;
  return { kept: known.slice(0, room), aside: known.slice(room) };
}

function isToBeExplained({ session }: SessionEnd, now: number): boolean {
  return session.expiresAt + EXPLAINED_SECONDS > now;
}
