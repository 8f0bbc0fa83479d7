import type {
  FinalCause,
  Session,
  SessionEnd,
  UserRecord,
  UserStatus,
} from '../../ports/user-record.js';
import type { StoredUser } from '../../ports/user-ledger.port.js';

/** The columns of `im_users` that make up a {@link StoredUser}. */
export interface UserRow extends ProfileRow {
  readonly user_id: string;
  readonly version: number;
  readonly status: UserStatus;
  readonly role: string;
  readonly sessions: string;
  readonly ended: string;
  readonly created_at: number;
}

/** The columns that are for people to read; a change reads them only where it needs them. */
export interface ProfileRow {
  readonly nickname: string;
  readonly face_url: string;
  readonly ex: string;
}

export const USER_COLUMNS =
  'user_id, version, status, role, sessions, ended, nickname, face_url, ex, created_at';

/*
 * Sessions and ends stand in their columns as JSON arrays, short because the row is rewritten at
 * every mint. Each leaves out what it shares with the session before it: device, scope and epoch,
 * and of an end by whom, where it was that very session. Before the first end comes the user's
 * newest session. What is revoked or was born from a business session is written whole.
 */

type SessionTuple = [
  id: string,
  version: number,
  platformId: number,
  startedAt: number,
  /** Seconds from its start to its expiry. */
  lifetime: number,
  deviceId?: string,
  scope?: string,
  epoch?: number,
  revoked?: 0 | 1,
  businessSessionId?: string,
];

type EndTuple = [
  session: SessionTuple,
  cause: (typeof CAUSE_LETTERS)[FinalCause],
  /** 0: the session before it. */
  by: string | 0,
  /** Seconds from the session's start. */
  endedAfter: number,
];

const CAUSE_LETTERS = {
  kicked: 'k',
  replaced: 'p',
  business_session_ended: 'b',
} as const satisfies Record<FinalCause, string>;

const CAUSES = {
  k: 'kicked',
  p: 'replaced',
  b: 'business_session_ended',
} as const satisfies Record<EndTuple[1], FinalCause>;

function toTuple(session: Session, before: Session | undefined): SessionTuple {
  const { id, version, platformId, deviceId, scope, epoch, startedAt, expiresAt } = session;
  const lifetime = expiresAt - startedAt;
  const { revoked, businessSessionId } = session;
  if (revoked || businessSessionId !== '') {
    const whole = [id, version, platformId, startedAt, lifetime, deviceId, scope, epoch] as const;
    const flag = revoked ? 1 : 0;
    return businessSessionId === '' ? [...whole, flag] : [...whole, flag, businessSessionId];
  }
  const isAlike = deviceId === before?.deviceId && scope === before.scope && epoch === before.epoch;
  if (isAlike) return [id, version, platformId, startedAt, lifetime];
  return [id, version, platformId, startedAt, lifetime, deviceId, scope, epoch];
}

function fromTuple(tuple: SessionTuple, before: Session | undefined): Session {
  return {
    id: tuple[0],
    version: tuple[1],
    platformId: tuple[2],
    deviceId: tuple[5] ?? before?.deviceId ?? '',
    scope: tuple[6] ?? before?.scope ?? '',
    epoch: tuple[7] ?? before?.epoch ?? 0,
    startedAt: tuple[3],
    expiresAt: tuple[3] + tuple[4],
    revoked: tuple[8] === 1,
    businessSessionId: tuple[9] ?? '',
  };
}

/** A session by itself, as it stands in a column. */
export function encodeSession(session: Session): string {
  return JSON.stringify(toTuple(session, undefined));
}

export function decodeSession(text: string): Session {
  return fromTuple(JSON.parse(text) as SessionTuple, undefined);
}

export function encodeSessions({ sessions }: UserRecord): string {
  if (sessions.length === 0) return '[]';
  return JSON.stringify(sessions.map((session, index) => toTuple(session, sessions[index - 1])));
}

function decodeSessions(text: string): readonly Session[] {
  const sessions: Session[] = [];
  if (text === '[]') return sessions;
  for (const tuple of JSON.parse(text) as SessionTuple[]) {
    sessions.push(fromTuple(tuple, sessions.at(-1)));
  }
  return sessions;
}

export function encodeEnded({ sessions: [newest], ended }: UserRecord): string {
  if (ended.length === 0) return '[]';
  let before = newest;
  return JSON.stringify(
    ended.map(({ session, cause, by, endedAt }): EndTuple => {
      const tuple = toTuple(session, before);
      const byWhom = by === before?.id ? 0 : by;
      before = session;
      return [tuple, CAUSE_LETTERS[cause], byWhom, endedAt - session.startedAt];
    }),
  );
}

function decodeEnded(text: string, newest: Session | undefined): readonly SessionEnd[] {
  const ended: SessionEnd[] = [];
  if (text === '[]') return ended;
  let before = newest;
  for (const [tuple, cause, by, endedAfter] of JSON.parse(text) as EndTuple[]) {
    const session = fromTuple(tuple, before);
    ended.push({
      session,
      cause: CAUSES[cause],
      by: by === 0 ? (before?.id ?? '') : by,
      endedAt: session.startedAt + endedAfter,
    });
    before = session;
  }
  return ended;
}

/** A row as the domain knows it. */
export function toStoredUser(
  row: Omit<UserRow, keyof ProfileRow> & Partial<ProfileRow>,
): StoredUser {
  const { nickname = '', face_url: faceUrl = '', ex = '' } = row;
  const { version, status, role } = row;
  const sessions = decodeSessions(row.sessions);
  const ended = decodeEnded(row.ended, sessions[0]);
  return {
    record: { version, status, role, sessions, ended },
    profile: { nickname, faceUrl, ex },
    createdAt: row.created_at,
  };
}
