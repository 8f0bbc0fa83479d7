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

type SessionTuple = [
  id: string,
  version: number,
  platformId: number,
  deviceId: string,
  scope: string,
  epoch: number,
  startedAt: number,
  expiresAt: number,
  revoked?: 1,
];

type EndTuple = [session: SessionTuple, cause: FinalCause, by: string, endedAt: number];

function toTuple(session: Session): SessionTuple {
  const tuple: SessionTuple = [
    session.id,
    session.version,
    session.platformId,
    session.deviceId,
    session.scope,
    session.epoch,
    session.startedAt,
    session.expiresAt,
  ];
  if (session.revoked) tuple.push(1);
  return tuple;
}

function fromTuple(tuple: SessionTuple): Session {
  return {
    id: tuple[0],
    version: tuple[1],
    platformId: tuple[2],
    deviceId: tuple[3],
    scope: tuple[4],
    epoch: tuple[5],
    startedAt: tuple[6],
    expiresAt: tuple[7],
    revoked: tuple[8] === 1,
  };
}

/** A session as it stands in a column: a JSON array, because the row is rewritten at every mint. */
export function encodeSession(session: Session): string {
  return JSON.stringify(toTuple(session));
}

export function decodeSession(text: string): Session {
  return fromTuple(JSON.parse(text) as SessionTuple);
}

export function encodeSessions(record: UserRecord): string {
  return record.sessions.length === 0 ? '[]' : JSON.stringify(record.sessions.map(toTuple));
}

export function encodeEnded(record: UserRecord): string {
  if (record.ended.length === 0) return '[]';
  return JSON.stringify(
    record.ended.map((end): EndTuple => [toTuple(end.session), end.cause, end.by, end.endedAt]),
  );
}

/** A row as the domain knows it. */
export function toStoredUser(
  row: Omit<UserRow, keyof ProfileRow> & Partial<ProfileRow>,
): StoredUser {
  const { nickname = '', face_url: faceUrl = '', ex = '' } = row;
  return {
    record: {
      version: row.version,
      status: row.status,
      role: row.role,
      sessions:
        row.sessions === '[]' ? [] : (JSON.parse(row.sessions) as SessionTuple[]).map(fromTuple),
      ended:
        row.ended === '[]'
          ? []
          : (JSON.parse(row.ended) as EndTuple[]).map(
              ([session, cause, by, endedAt]): SessionEnd => {
                return { session: fromTuple(session), cause, by, endedAt };
              },
            ),
    },
    profile: { nickname, faceUrl, ex },
    createdAt: row.created_at,
  };
}
