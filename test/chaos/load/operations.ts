import type { AppAccess, BrokerCaller, Reply } from '../house/broker-caller.js';
import type { House } from '../house/house.js';
import type { Model } from '../model/model.js';
import type { Revocation } from '../model/revocation.js';
import type { Session } from '../model/session.js';
import type { Target } from '../model/target.js';
import { nowMs } from '../now.js';
import type { Checker } from '../watch/checker.js';
import type { Call, ReplyJudge } from '../watch/reply-judge.js';
import { REVOKER, type Revoker } from './revoker.js';

export interface Counts {
  mints: number;
  checks: number;
  revocations: number;
  restores: number;
  renewals: number;
  inspections: number;
}

export interface MintWish {
  readonly app: AppAccess;
  readonly userId: string;
  readonly platformId: number;
  readonly deviceId?: string;
  readonly ttlSeconds?: number;
}

/** What can be asked of a broker: every act is in the model before it is sent, and judged after. */
export class Operations {
  /** What was answered with a yes (of checks: with a yes or a clear no). */
  readonly counts: Counts = {
    ...{ mints: 0, checks: 0, revocations: 0, restores: 0, renewals: 0, inspections: 0 },
  };

  constructor(
    private readonly house: House,
    private readonly model: Model,
    private readonly checker: Checker,
    private readonly replies: ReplyJudge,
    readonly revoker: Revoker = REVOKER,
  ) {}

  /** Mints; the session that came of it, if that was acknowledged. */
  async mint(caller: BrokerCaller, wish: MintWish): Promise<Session | undefined> {
    const { app, userId, platformId, deviceId, ttlSeconds } = wish;
    const session = this.model.beginMint(app, userId, platformId, deviceId);
    const reply = await this.#ask('mint', caller, () => mintBy(caller, wish));
    if (reply.kind !== 'done') {
      this.model.mintLost(session);
      return undefined;
    }
    const life = ttlSeconds === undefined ? {} : { ttlSeconds };
    this.model.mintAcked(session, { ...reply.value, ...life });
    this.counts.mints += 1;
    return session;
  }

  async check(caller: BrokerCaller, session: Session): Promise<void> {
    const { token } = session;
    if (token === undefined) return;
    const began = nowMs();
    const reply = await caller.check(this.#app(session), token);
    const answered = nowMs();
    const call: Call = { what: 'check', broker: caller.number, began, answered };
    if (reply.kind !== 'refused') this.replies.judge(call, reply);
    if (reply.kind !== 'done' && reply.kind !== 'refused') return;
    const verdict = reply.kind === 'done' ? reply.value : { refusedAs: reply.code };
    this.checker.judge({ session, broker: caller.number, began, answered, verdict });
    this.counts.checks += 1;
  }

  /** Revokes; whether that was acknowledged. */
  async revoke(caller: BrokerCaller, app: AppAccess, target: Target): Promise<boolean> {
    const revocation = this.model.beginRevocation(app, target);
    const reply = await this.#ask('revocation', caller, () =>
      this.revoker.revoke(caller, app, target),
    );
    if (reply.kind !== 'done') {
      this.model.revocationLost(revocation);
      return false;
    }
    this.model.revocationAcked(revocation, reply.value);
    this.counts.revocations += 1;
    return true;
  }

  async restore(caller: BrokerCaller, revocation: Revocation): Promise<void> {
    const { restore: send } = this.revoker;
    if (send === undefined || revocation.id === undefined) return;
    const restore = this.model.beginRestore(revocation);
    const app = this.house.app(revocation.appId);
    const reply = await this.#ask('restore', caller, () => send(caller, app, revocation));
    if (reply.kind !== 'done') return;
    this.model.restoreAcked(revocation, restore);
    this.counts.restores += 1;
  }

  /** Asks for a new token of a session that has an expiry; what came of it is judged as a check. */
  async renew(caller: BrokerCaller, session: Session, ttlSeconds: number): Promise<void> {
    const { token } = session;
    if (token === undefined) return;
    const began = nowMs();
    const reply = await caller.renew(token);
    const call = { broker: caller.number, began, answered: nowMs() };
    if (reply.kind === 'refused') {
      // Ended between the check and the decision, it is not among the user's sessions any more.
      const isEnded = ENDED.has(reply.code) || reply.code === 'token_unknown_session';
      const verdict = isEnded ? 'ended' : { refusedAs: reply.code };
      this.checker.judge({ session, ...call, verdict });
      return;
    }
    this.replies.judge({ what: 'renewal', ...call }, reply);
    if (reply.kind !== 'done') return;
    this.checker.judge({ session, ...call, verdict: 'accepted' });
    if (reply.value.renewed) this.model.renewed(session, began, reply.value.token, ttlSeconds);
    this.counts.renewals += 1;
  }

  /** Has a token explained: by the ledger itself, so its verdict is judged like a check's. */
  async inspect(caller: BrokerCaller, session: Session): Promise<readonly string[] | undefined> {
    const { token } = session;
    if (token === undefined) return undefined;
    const began = nowMs();
    const reply = await caller.inspect(this.#app(session), token);
    const call = { broker: caller.number, began, answered: nowMs() };
    this.replies.judge({ what: 'inspection', ...call }, reply);
    if (reply.kind !== 'done') return undefined;
    const { status, causes } = reply.value;
    const isEnded = ENDED.has(`token_${status}`);
    const verdict = status === 'active' ? 'accepted' : isEnded ? 'ended' : { refusedAs: status };
    this.checker.judge({ session, ...call, verdict });
    this.counts.inspections += 1;
    return causes.map(({ type }) => type);
  }

  #app(session: Session): AppAccess {
    return this.house.app(session.slot.app.id);
  }

  /** Calls that nothing may refuse: the tokens and targets are ours and right. */
  async #ask<T>(
    what: Call['what'],
    caller: BrokerCaller,
    send: () => Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    const began = nowMs();
    const reply = await send();
    const call = { what, broker: caller.number, began, answered: nowMs() };
    this.replies.judge(call, reply);
    if (reply.kind === 'refused') {
      this.checker.report('wrong-reason', `a ${what} was refused: ${reply.code}`);
    }
    return reply;
  }
}

/** The codes of the native dialect for a session that has been ended. */
const ENDED: ReadonlySet<string> = new Set(['token_revoked', 'token_kicked', 'token_replaced']);

/** In OpenIM's dialect where that has the words for it, else in the native one. */
async function mintBy(
  caller: BrokerCaller,
  { app, ...body }: MintWish,
): Promise<Reply<{ token: string; sessionId?: string }>> {
  const { userId, platformId, deviceId, ttlSeconds } = body;
  if (deviceId !== undefined || ttlSeconds !== undefined) return caller.mintNative(app, body);
  const reply = await caller.mintOpenim(app, userId, platformId);
  return reply.kind === 'done' ? { kind: 'done', value: { token: reply.value } } : reply;
}
