import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos } from './chaos.js';
import type { BrokerCaller } from './house/broker-caller.js';
import type { Session } from './model/session.js';
import { nowMs } from './now.js';
import { BEHIND_MS } from './watch/bounds.js';

/** Checks under way at once. */
const AT_ONCE = 16;
/** Sessions whose causes are looked up one by one. */
const MAX_INSPECTED = 500;

/**
 * The last word, when all faults are over: every broker is killed and started anew, so that nothing
 * is known but what the ledger holds. Then every session that was ever acknowledged (and is still
 * remembered) is checked on every broker: the good ones pass, the ended ones don't, and where it was
 * unknown the brokers agree. Of those revoked, the ledger names the revocation. Returns how many.
 */
export async function finalAudit(chaos: Chaos): Promise<number> {
  const { house, model, watch } = chaos;
  const trouble = house.brokers.map(({ number }) =>
    watch.timeline.open('all brokers restarted', ['broker'], number),
  );
  await Promise.all(house.brokers.map(({ broker }) => broker.kill()));
  await Promise.all(house.brokers.map(({ broker }) => broker.startAgain()));
  for (const who of await house.untilWell()) watch.checker.report('not-back', who);
  trouble.forEach((one) => watch.timeline.close(one));

  // An expired session may be gone from the ledger, and what ended it with it.
  const sessions = [...model.sessions].filter(({ judgedUntil }) => judgedUntil > nowMs());
  const [first, ...others] = house.brokers as [BrokerCaller, ...BrokerCaller[]];
  await forEach(sessions, (session) => chaos.operations.check(first, session));
  // What the first refused, it may have learnt this second.
  await sleep(BEHIND_MS);
  for (const caller of others) {
    await forEach(sessions, (session) => chaos.operations.check(caller, session));
  }
  await forEach(mustBeNamed(sessions), (session) => findRevoked(chaos, first, session));
  await findRevocations(chaos, first);
  return sessions.length;
}

function mustBeNamed(sessions: readonly Session[]): readonly Session[] {
  return sessions.filter(({ mustName }) => mustName.size > 0).slice(-MAX_INSPECTED);
}

/** Explained from the ledger, a revoked session names a revocation, however it ended besides. */
async function findRevoked(chaos: Chaos, caller: BrokerCaller, session: Session): Promise<void> {
  const causes = await chaos.operations.inspect(caller, session);
  if (causes === undefined || causes.includes('revoked')) return;
  if (nowMs() >= session.judgedUntil) return;
  const what = `${session.name} was revoked, and the ledger says ${causes.join(', ') || 'nothing'}`;
  chaos.watch.checker.report('lost', what);
}

/** Where revocations have ids, each that was acknowledged is found by its own. */
async function findRevocations(chaos: Chaos, caller: BrokerCaller): Promise<void> {
  const { revoker } = chaos.operations;
  const { find } = revoker;
  if (find === undefined) return;
  await forEach([...chaos.model.revocations].slice(-MAX_INSPECTED), async ({ appId, id }) => {
    if (id === undefined) return;
    const reply = await find(caller, chaos.house.app(appId), id);
    if (reply.kind !== 'done')
      chaos.watch.checker.report('lost', `revocation ${id}: ${reply.kind}`);
  });
}

async function forEach<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
