import type { ControlView } from '../ledger/control-view.js';
import type { Revocation } from '../ports/revocation.js';
import type { RevocationLog } from '../ports/revocation-log.port.js';
import type { UserLedger } from '../ports/user-ledger.port.js';
import type { FinalCause, Session, SessionEnd, UserRecord, UserRef } from '../ports/user-record.js';
import { covers } from './covers.js';

/** One cause that ends a session. Times are Unix seconds. */
export type Denial =
  | {
      readonly type: 'revoked';
      readonly revocationId: string;
      readonly target: Revocation['target']['type'];
      readonly by: string;
      readonly at: number;
      readonly reason: string;
    }
  | {
      readonly type: FinalCause;
      /** The session that kicked or replaced it, or the business session that ended. */
      readonly by: string;
      /** Of the newcomer, while it is among the last that the user's record holds. */
      readonly byPlatformId?: number;
      readonly byDeviceId?: string;
      readonly at: number;
    };

/** What the ledger says of a session and its user. */
export interface SessionReport {
  /** Absent where the user is not known. */
  readonly record?: UserRecord;
  /** Absent where the session is not known, or not any more. */
  readonly session?: Session;
  /** All causes that end it, revocations first. */
  readonly denials: readonly Denial[];
}

/** App-wide revocations that one answer names at most. */
const MAX_APP_WIDE = 20;

/** Says why a session is denied, since when and by whom, from the ledger itself. */
export class WhyDenied {
  constructor(
    private readonly users: UserLedger,
    private readonly revocations: RevocationLog,
    private readonly control: ControlView,
  ) {}

  async report(user: UserRef, sessionId: string): Promise<SessionReport> {
    const [stored] = (await this.users.read([user])).users;
    const record = stored?.record;
    const known = record === undefined ? {} : { record };
    const present = record?.sessions.find(({ id }) => id === sessionId);
    const end = present === undefined ? await this.#end(user, sessionId, record) : undefined;
    const session = present ?? end?.session;
    if (session === undefined) return { ...known, denials: [] };
    const revocations = [
      ...(await this.#ofUser(user, session)),
      ...(await this.#ofApp(user.appId, session)),
    ];
    const denials = revocations.map(asDenial);
    if (end !== undefined) denials.push(endAsDenial(end, record));
    return { ...known, session, denials };
  }

  async #end(
    user: UserRef,
    sessionId: string,
    record: UserRecord | undefined,
  ): Promise<SessionEnd | undefined> {
    const kept = record?.ended.find(({ session }) => session.id === sessionId);
    return kept ?? this.users.endedSession(user, sessionId);
  }

  async #ofUser(user: UserRef, session: Session): Promise<readonly Revocation[]> {
    const standing = await this.revocations.standing(user, session.version);
    return standing.filter((revocation) => covers(revocation, session));
  }

  async #ofApp(appId: string, { epoch }: Session): Promise<readonly Revocation[]> {
    const revoked = this.control.app(appId)?.revokedEpochs ?? [];
    const ids = revoked.filter(({ upTo }) => epoch <= upTo).map(({ revocationId }) => revocationId);
    const newest = ids.slice(-MAX_APP_WIDE).toReversed();
    const found = await Promise.all(newest.map((id) => this.revocations.find(appId, id)));
    return found.filter((revocation) => revocation !== undefined);
  }
}

function asDenial({ id, target, createdBy, createdAt, reason }: Revocation): Denial {
  const { type } = target;
  return { type: 'revoked', revocationId: id, target: type, by: createdBy, at: createdAt, reason };
}

function endAsDenial({ cause, by, endedAt }: SessionEnd, record: UserRecord | undefined): Denial {
  const known = [...(record?.sessions ?? []), ...(record?.ended ?? []).map((end) => end.session)];
  const newcomer = known.find(({ id }) => id === by);
  const about =
    newcomer === undefined
      ? {}
      : { byPlatformId: newcomer.platformId, byDeviceId: newcomer.deviceId };
  return { type: cause, by, ...about, at: endedAt };
}
