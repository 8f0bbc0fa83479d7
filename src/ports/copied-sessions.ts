import type { FinalCause, UserRecord } from './user-record.js';

/*
 * The sessions of a copy, as one text: it is made at every mint, kept for every user and searched
 * at every check, and a text costs least in all three.
 *
 *   AbCdEfGh ; IjKlMnOpQrStUv:0 , WxYzAbCdEfGhIj!k      (without the blanks)
 *
 * The first eight characters, which all session ids of a user share (`common/ids.ts`), stand once
 * in front. `:<epoch>`, in base 36, marks a session that works as far as its user's record says,
 * `!<letter>` one that is denied and why.
 */

const PREFIX_LENGTH = 8;
const BASE = 36;
const NO_SESSIONS = ';';
const SESSION_ID = /^[\w-]+$/;

const LETTERS = {
  revoked: 'r',
  kicked: 'k',
  replaced: 'p',
  business_session_ended: 'b',
} as const satisfies Record<'revoked' | FinalCause, string>;

const DENIALS: Readonly<Record<string, 'revoked' | FinalCause>> = {
  r: 'revoked',
  k: 'kicked',
  p: 'replaced',
  b: 'business_session_ended',
};

/** What {@link copiedSessions} writes, as a regular expression without anchors. */
export const COPIED_SESSIONS = (() => {
  const session = String.raw`[\w-]*(?::[0-9a-z]{1,10}|![rkpb])`;
  return String.raw`[\w-]{0,8};(?:${session}(?:,${session})*)?`;
})();

/**
 * The sessions of a record: those that work or could be restored, then the last that ended. Ids
 * that are not base64url are left out: no token of ours names one.
 */
export function copiedSessions(record: {
  readonly sessions: readonly Pick<UserRecord['sessions'][number], 'id' | 'epoch' | 'revoked'>[];
  readonly ended: readonly {
    readonly session: { readonly id: string };
    readonly cause: FinalCause;
  }[];
}): string {
  const { sessions, ended } = record;
  const first = sessions[0]?.id ?? ended[0]?.session.id;
  if (first === undefined) return NO_SESSIONS;
  let prefix = first.slice(0, PREFIX_LENGTH);
  const isOwn = (id: string) => id.startsWith(prefix);
  const areOwn =
    SESSION_ID.test(prefix) &&
    sessions.every(({ id }) => isOwn(id)) &&
    ended.every(({ session }) => isOwn(session.id));
  if (!areOwn) prefix = '';

  const list: string[] = [];
  for (const { id, epoch, revoked } of sessions) {
    if (!SESSION_ID.test(id)) continue;
    const rest = id.slice(prefix.length);
    list.push(revoked ? `${rest}!${LETTERS.revoked}` : `${rest}:${epoch.toString(BASE)}`);
  }
  for (const { session, cause } of ended) {
    if (SESSION_ID.test(session.id)) {
      list.push(`${session.id.slice(prefix.length)}!${LETTERS[cause]}`);
    }
  }
  // Joined in one go, so that it lies in memory in one piece.
  list[0] = `${prefix};${list[0] ?? ''}`;
  return list.join();
}

/**
 * How a session stands: the epoch of its admission where it works, why it is denied, or undefined
 * where it is not there. `sessionId`: of a token whose signature is good.
 */
export function standingOf(
  sessions: string,
  sessionId: string,
): number | 'revoked' | FinalCause | undefined {
  const prefixLength = sessions.indexOf(';');
  if (!sessionId.startsWith(sessions.slice(0, prefixLength))) return undefined;
  const rest = sessionId.slice(prefixLength);
  for (let from = prefixLength; ;) {
    const at = sessions.indexOf(rest, from + 1);
    if (at < 0) return undefined;
    const standing = isStart(sessions, at) ? standingAt(sessions, at + rest.length) : undefined;
    if (standing !== undefined) return standing;
    from = at;
  }
}

function isStart(sessions: string, at: number): boolean {
  const before = sessions[at - 1];
  return before === ',' || before === ';';
}

function standingAt(sessions: string, at: number): number | 'revoked' | FinalCause | undefined {
  const mark = sessions[at];
  if (mark === '!') return DENIALS[sessions[at + 1] ?? ''];
  if (mark !== ':') return undefined;
  const comma = sessions.indexOf(',', at);
  return Number.parseInt(sessions.slice(at + 1, comma < 0 ? undefined : comma), BASE);
}
