import { nowMs } from '../now.js';
import { Act } from './act.js';
import { Restore, Revocation } from './revocation.js';
import { SEEN, Session } from './session.js';
import type { ModelApp, Slot } from './slot.js';
import { isAimedAt, type Target, userOf } from './target.js';

export interface MintAnswer {
  readonly token: string;
  readonly sessionId?: string;
  /** (for ever, as far as a run goes) */
  readonly ttlSeconds?: number;
}

/** How long before its token expires a session is given up: renewed or forgotten. */
const EXPIRY_MARGIN_MS = 1500;

/** Sessions remembered at most; the oldest that ended are forgotten first. */
const MAX_SESSIONS = 6000;

/**
 * What must be true of every session, given what was asked for and acknowledged. It stands outside
 * of the brokers and knows nothing of how they work: only that an acknowledged change has been
 * decided before its answer, that one sent after another's answer is decided later, and that
 * between these anything goes.
 */
export class Model {
  readonly #slots = new Map<string, Slot>();
  readonly #slotsOfUser = new Map<string, Slot[]>();
  readonly #revocationsOfUser = new Map<string, Set<Revocation>>();
  readonly sessions = new Set<Session>();
  /** Acknowledged and not restored. */
  readonly revocations = new Set<Revocation>();

  beginMint(app: ModelApp, userId: string, platformId: number, deviceId = ''): Session {
    const slot = this.#slot(app, userId, platformId);
    const session = new Session(slot, deviceId, new Act());
    slot.mints += 1;
    for (const other of slot.sessions) {
      if (rivalry(session, other) === 'none') continue;
      other.doubts.add(session.mint);
      // Which of two concurrent mints came first is for the ledger to say.
      if (other.mint.isOpen()) session.doubts.add(other.mint);
      else if (other.mint.ackedAt === undefined) slot.sessions.delete(other);
    }
    for (const revocation of this.#openRevocations(app.id, userId)) {
      if (isAimedAt(revocation.target, session)) session.doubts.add(revocation);
    }
    slot.sessions.add(session);
    return session;
  }

  mintAcked(session: Session, { token, sessionId, ttlSeconds }: MintAnswer): void {
    const now = nowMs();
    session.mint.ackedAt = now;
    session.token = token;
    session.id = sessionId;
    if (ttlSeconds !== undefined) this.#lives(session, session.mint.sentAt, ttlSeconds);
    for (const other of session.slot.sessions) {
      if (rivalry(session, other) !== 'ends') continue;
      if (other.mint.isBefore(session.mint)) other.ends.set(session.mint, now);
    }
    this.sessions.add(session);
    if (this.sessions.size > MAX_SESSIONS) this.#forgetOne();
  }

  mintLost(session: Session): void {
    session.mint.lostAt = nowMs();
  }

  /** A new token of the same session, asked for at `sentAt`. */
  renewed(session: Session, sentAt: number, token: string, ttlSeconds: number): void {
    session.token = token;
    this.#lives(session, sentAt, ttlSeconds);
  }

  beginRevocation(app: ModelApp, target: Target): Revocation {
    const revocation = new Revocation(app.id, target);
    for (const session of this.#aimedAt(revocation)) session.doubts.add(revocation);
    this.#openRevocations(app.id, userOf(target)).add(revocation);
    return revocation;
  }

  revocationAcked(revocation: Revocation, id?: string): void {
    const now = nowMs();
    revocation.ackedAt = now;
    revocation.id = id;
    for (const session of this.#aimedAt(revocation)) {
      if (!session.mint.isBefore(revocation)) continue;
      const nothingElse = session.doubts.size === 1 && session.ends.size === 0;
      if (nothingElse) session.mustName.add(revocation);
      session.ends.set(revocation, now);
    }
    this.revocations.add(revocation);
  }

  revocationLost(revocation: Revocation): void {
    revocation.lostAt = nowMs();
  }

  /** Asked for: from now on the revocation may have been taken back. */
  beginRestore(revocation: Revocation): Restore {
    const restore = new Restore();
    this.revocations.delete(revocation);
    for (const session of this.#aimedAt(revocation)) {
      if (!session.doubts.has(revocation)) continue;
      session.ends.delete(revocation);
      session.mustName.delete(revocation);
      if ((session.ends.get(SEEN) ?? -Infinity) >= revocation.sentAt) session.ends.delete(SEEN);
      session.doubts.add(restore);
    }
    return restore;
  }

  restoreAcked(revocation: Revocation, restore: Restore): void {
    restore.ackedAt = nowMs();
    for (const session of this.#aimedAt(revocation)) {
      if (!session.doubts.delete(revocation)) continue;
      session.doubts.delete(restore);
      session.restoredAt = restore.ackedAt;
    }
  }

  forget(session: Session): void {
    this.sessions.delete(session);
    session.slot.sessions.delete(session);
  }

  #lives(session: Session, from: number, ttlSeconds: number): void {
    session.judgedUntil = from + ttlSeconds * 1000 - EXPIRY_MARGIN_MS;
  }

  #slot(app: ModelApp, userId: string, platformId: number): Slot {
    const key = `${app.id}/${userId}/${platformId}`;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { app, userId, platformId, sessions: new Set(), mints: 0 };
      this.#slots.set(key, slot);
      const ofUser = `${app.id}/${userId}`;
      this.#slotsOfUser.set(ofUser, [...(this.#slotsOfUser.get(ofUser) ?? []), slot]);
    }
    return slot;
  }

  #aimedAt({ appId, target }: Revocation): Session[] {
    const slots = this.#slotsOfUser.get(`${appId}/${userOf(target)}`) ?? [];
    return slots.flatMap(({ sessions }) => [...sessions].filter((one) => isAimedAt(target, one)));
  }

  #openRevocations(appId: string, userId: string): Set<Revocation> {
    const key = `${appId}/${userId}`;
    const open = this.#revocationsOfUser.get(key) ?? new Set();
    this.#revocationsOfUser.set(key, open);
    for (const revocation of open) if (!revocation.isOpen()) open.delete(revocation);
    return open;
  }

  #forgetOne(): void {
    let oldest: Session | undefined;
    for (const session of this.sessions) {
      oldest ??= session;
      if (session.ends.size > 0 || session.judgedUntil < nowMs()) return this.forget(session);
    }
    if (oldest !== undefined) this.forget(oldest);
  }
}

/** What the later of two sessions of a slot does to the earlier. */
function rivalry(later: Session, earlier: Session): 'ends' | 'may end' | 'none' {
  if (later === earlier) return 'none';
  const { app, mints } = later.slot;
  if (app.keep === 1) return 'ends';
  if (later.deviceId !== '' && later.deviceId === earlier.deviceId) return 'ends';
  return mints > app.keep ? 'may end' : 'none';
}
