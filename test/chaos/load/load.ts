import { setTimeout as sleep } from 'node:timers/promises';
import type { AppAccess, BrokerCaller } from '../house/broker-caller.js';
import type { House } from '../house/house.js';
import type { Model } from '../model/model.js';
import type { Session } from '../model/session.js';
import type { Target } from '../model/target.js';
import { nowMs } from '../now.js';
import type { SeededRandom } from '../random.js';
import type { Operations } from './operations.js';

export interface LoadOptions {
  readonly users: number;
  readonly workers: number;
  /** A worker waits this long between two calls, on average. */
  readonly pauseMs: number;
}

/** Few enough that users meet again and again, and two cores carry brokers and all. */
export const USUAL_LOAD: LoadOptions = { users: 200, workers: 12, pauseMs: 40 };

const PLATFORMS = [1, 2, 5];
const DEVICES = ['', '', 'phone', 'tablet'];
/** Lifetime of the tokens that are minted to be renewed. */
const SHORT_SECONDS = 20;
/** Calls that one broker may owe us before we turn to others. */
const MAX_WAITING = 6;
/** After an acknowledged revocation every broker is asked again, so long after. */
const ASK_AGAIN_MS = [0, 55, 250, 1005];

/** Workers that do to the brokers what business servers, gateways and operators would. */
export class Load {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #asking = new Set<Promise<void>>();
  /** Sessions met lately: what is checked most. */
  readonly #recent: Session[] = [];

  constructor(
    private readonly house: House,
    private readonly model: Model,
    private readonly operations: Operations,
    private readonly random: SeededRandom,
    private readonly options: LoadOptions = USUAL_LOAD,
  ) {}

  start(): void {
    for (let n = 0; n < this.options.workers; n++) this.#running.push(this.#work());
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    await Promise.all(this.#asking);
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const caller = this.#caller();
      if (caller !== undefined) await this.#act(caller);
      await sleep(this.random.between(0, 2 * this.options.pauseMs));
    }
  }

  async #act(caller: BrokerCaller): Promise<void> {
    const dice = this.random.below(100);
    if (dice < 25) return this.#mint(caller);
    if (dice < 37) return this.#revoke(caller);
    if (dice < 40) return this.#restore(caller);
    if (dice < 45) return this.#renew(caller);
    const session = this.#session();
    if (session === undefined) return;
    if (dice < 48) await this.operations.inspect(caller, session);
    else await this.operations.check(caller, session);
  }

  async #mint(caller: BrokerCaller): Promise<void> {
    const app = this.#app();
    const deviceId = this.random.oneOf(DEVICES) ?? '';
    const isShort = this.random.below(8) === 0;
    const session = await this.operations.mint(caller, {
      ...{ app, userId: this.#user(), platformId: this.random.oneOf(PLATFORMS) ?? 1 },
      ...(deviceId === '' ? {} : { deviceId }),
      ...(isShort ? { ttlSeconds: SHORT_SECONDS } : {}),
    });
    if (session === undefined) return;
    this.#recent.push(session);
    if (this.#recent.length > 400) this.#recent.splice(0, 200);
    // What one broker minted is good on another at once.
    const other = this.#caller();
    if (other !== undefined) await this.operations.check(other, session);
  }

  async #revoke(caller: BrokerCaller): Promise<void> {
    const session = this.#session();
    const target = session === undefined ? undefined : this.#target(session);
    if (session === undefined || target === undefined) return;
    // So that every broker has a copy that says yes.
    await Promise.all(this.house.brokers.map((one) => this.#checkOn(one, session)));
    const app = this.house.app(session.slot.app.id);
    if (target.type === 'token' || target.type === 'session') {
      // Repeating one of these answers the first again, which the model does not follow.
      if (!session.isSurelyGood) return;
    }
    if (await this.operations.revoke(caller, app, target)) this.#askAgain(session);
  }

  /** The worker goes on meanwhile. */
  #askAgain(session: Session): void {
    const asking = this.#askInTurn(session).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  async #askInTurn(session: Session): Promise<void> {
    const ackedAt = nowMs();
    for (const afterMs of ASK_AGAIN_MS) {
      await sleep(Math.max(0, ackedAt + afterMs - nowMs()));
      await Promise.all(this.house.brokers.map((one) => this.#checkOn(one, session)));
    }
  }

  async #restore(caller: BrokerCaller): Promise<void> {
    if (this.operations.revoker.restore === undefined) return;
    const revocation = this.random.oneOf([...this.model.revocations].slice(-50));
    if (revocation !== undefined) await this.operations.restore(caller, revocation);
  }

  async #renew(caller: BrokerCaller): Promise<void> {
    const due = this.#recent.filter(({ judgedUntil }) => judgedUntil !== Infinity);
    const session = this.random.oneOf(due);
    if (session !== undefined) await this.operations.renew(caller, session, SHORT_SECONDS);
  }

  async #checkOn(caller: BrokerCaller, session: Session): Promise<void> {
    if (caller.waiting < MAX_WAITING) await this.operations.check(caller, session);
  }

  #caller(): BrokerCaller | undefined {
    return this.random.oneOf(this.house.brokers.filter(({ waiting }) => waiting < MAX_WAITING));
  }

  /** Mostly one met lately, sometimes any. */
  #session(): Session | undefined {
    if (this.random.below(4) > 0) return this.random.oneOf(this.#recent);
    return this.random.oneOf([...this.model.sessions]);
  }

  #target(session: Session): Target | undefined {
    const { userId, platformId } = session.slot;
    const type = this.random.oneOf(this.operations.revoker.targets);
    switch (type) {
      case 'token':
      case 'session':
        return type === 'session' && session.id === undefined ? undefined : { type, session };
      case 'device':
        return session.deviceId === '' ? undefined : { type, userId, deviceId: session.deviceId };
      case 'platform':
        return { type, userId, platformId };
      case 'user':
        return { type, userId };
      case undefined:
        return undefined;
    }
  }

  #app(): AppAccess {
    return this.random.oneOf(this.house.apps)!;
  }

  #user(): string {
    return `user-${this.random.below(this.options.users)}`;
  }
}
