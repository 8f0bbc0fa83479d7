import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos } from './chaos.js';
import type { Fault } from './faults/fault.js';
import type { BrokerCaller } from './house/broker-caller.js';
import type { Session } from './model/session.js';
import { nowMs } from './now.js';
import { BEHIND_MS } from './watch/bounds.js';

/** Sessions of each sort. */
const OF_EACH = 4;

/** What of the drill was acknowledged while the harm lasted, of `asked` mints and revocations. */
export interface Drilled {
  readonly asked: number;
  readonly acked: number;
}

let drills = 0;

/**
 * One fault with the interleaving that it is feared for, forced: sessions that every broker knows,
 * and sessions that only the first and Redis know, all from before the harm; revoked and kicked
 * while it lasts; asked for on every broker a second later, while it lasts and when all is well
 * again. Whoever is stopped is asked, too, and answers when it goes on. The checker judges.
 */
export async function drill(chaos: Chaos, fault: Fault): Promise<Drilled> {
  const { brokers } = chaos.house;
  const name = `${fault.name}-${++drills}`;
  const [warm, cold] = [await mintSome(chaos, name, 1), await mintSome(chaos, name, 2)];
  await checkAll(chaos, brokers, warm);
  await checkAll(chaos, brokers.slice(0, 1), cold);
  const newcomers: Session[] = [];
  const late: Promise<void>[] = [];
  let acked = 0;

  await chaos.suffer(fault, async (blow) => {
    const heldUntil = nowMs() + (blow.holdMs ?? 0);
    const able = brokers.filter(
      ({ number }) => fault.realms[0] !== 'broker' || number !== blow.broker,
    );
    const ends = [...warm, ...cold].map(async (session, n) => {
      const caller = able[n % able.length]!;
      // Of four, two are revoked, one is kicked, one stays.
      if (n % 4 === 0) return;
      if (n % 4 === 1) newcomers.push(...(await mintAgain(chaos, caller, session)));
      else if (await revokePlatform(chaos, caller, session)) acked += 1;
    });
    await Promise.all(ends);
    acked += newcomers.length;
    await sleep(Math.max(BEHIND_MS, heldUntil - nowMs()));
    const asked = [...warm, ...cold, ...newcomers];
    await checkAll(chaos, able, asked);
    const stopped = brokers.filter((one) => !able.includes(one) && one.broker.isRunning);
    late.push(checkAll(chaos, stopped, asked));
  });
  await Promise.all(late);

  const after = await mintSome(chaos, name, 5);
  await checkAll(chaos, brokers, [...warm, ...cold, ...newcomers, ...after]);
  return { asked: (2 * OF_EACH * 3) / 4, acked };
}

async function mintSome(chaos: Chaos, name: string, platformId: number): Promise<Session[]> {
  const app = chaos.house.app('default');
  const first = chaos.house.brokers[0]!;
  const mints = Array.from({ length: OF_EACH }, (_, n) =>
    chaos.operations.mint(first, { app, userId: `${name}-${n}`, platformId }),
  );
  return (await Promise.all(mints)).filter((session) => session !== undefined);
}

async function mintAgain(chaos: Chaos, caller: BrokerCaller, session: Session): Promise<Session[]> {
  const { app, userId, platformId } = session.slot;
  const wish = { app: chaos.house.app(app.id), userId, platformId };
  const newcomer = await chaos.operations.mint(caller, wish);
  return newcomer === undefined ? [] : [newcomer];
}

function revokePlatform(chaos: Chaos, caller: BrokerCaller, session: Session): Promise<boolean> {
  const { app, userId, platformId } = session.slot;
  const target = { type: 'platform', userId, platformId } as const;
  return chaos.operations.revoke(caller, chaos.house.app(app.id), target);
}

async function checkAll(
  chaos: Chaos,
  callers: readonly BrokerCaller[],
  sessions: readonly Session[],
): Promise<void> {
  await Promise.all(
    callers.flatMap((caller) => sessions.map((session) => chaos.operations.check(caller, session))),
  );
}
