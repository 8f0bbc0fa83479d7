import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf } from '../e2e/native/claims-of.js';
import { type Fleet, startFleet } from '../support/broker-fleet.js';
import { NativeClient } from '../support/broker-native.js';
import { adminToken } from '../support/broker-oauth2.js';
import { OpenimClient } from '../support/broker-openim.js';
import { type AppAccess, BrokerCaller } from './house/broker-caller.js';
import { REVOKER } from './load/revoker.js';
import type { Target } from './model/target.js';
import { BEHIND_MS } from './watch/bounds.js';

const MINTS = 200;
/** Of these, those that are acknowledged before the revocation is sent, and sent when it was. */
const BEFORE = 20;
const AFTER = 20;
/** Over so long the others are spread. */
const RACE_MS = 60;
const ROUNDS = 3;
const PLATFORM = 1;

/** The widest boundary of a user that the route knows. */
function boundaryOf(userId: string): Target {
  return REVOKER.targets.includes('user')
    ? { type: 'user', userId }
    : { type: 'platform', userId, platformId: PLATFORM };
}

let fleet: Fleet;
let app: AppAccess;
beforeAll(async () => {
  fleet = await startFleet('cluster');
  const { url } = fleet.first;
  const operator = new NativeClient(url, await adminToken(url, fleet.appSecret));
  const settings = { multiLoginPolicy: 0, maxNumOneEnd: 1000, adminUserIds: ['boss'] };
  const { secret } = await operator.createApp('race', settings);
  const prefix = '/apps/race';
  const admin = await new OpenimClient(url, prefix).admin(secret.secret, 'boss');
  app = { id: 'race', keep: 1000, prefix, adminToken: admin };
});
afterAll(() => fleet?.stop());

/** Mints on both brokers, and revokes in the middle of it. Returns the tokens, in the order sent. */
async function race(brokers: readonly BrokerCaller[], user: string): Promise<string[]> {
  const mint = async (n: number): Promise<string> => {
    const reply = await brokers[n % brokers.length]!.mintOpenim(app, user, PLATFORM);
    if (reply.kind !== 'done') throw new Error(JSON.stringify(reply));
    return reply.value;
  };
  const some = (count: number, act: (n: number) => Promise<string>) =>
    Promise.all(Array.from({ length: count }, (_, n) => act(n)));

  const before = await some(BEFORE, mint);
  const racing = some(MINTS - BEFORE - AFTER, async (n) => {
    await sleep(Math.random() * RACE_MS);
    return mint(n);
  });
  await sleep(RACE_MS / 2);
  const revoked = await REVOKER.revoke(brokers[1]!, app, boundaryOf(user));
  expect(revoked.kind).toBe('done');
  const after = await some(AFTER, mint);
  return [...before, ...(await racing), ...after];
}

test('a revocation of all of a user’s sessions cuts 200 racing mints in ledger order', async () => {
  const brokers = fleet.brokers.map((broker, n) => new BrokerCaller(n, broker));
  for (let round = 0; round < ROUNDS; round++) {
    const tokens = await race(brokers, `racer-${round}`);
    await sleep(BEHIND_MS);

    for (const caller of brokers) {
      const versions = { accepted: [] as number[], ended: [] as number[] };
      const verdicts = await Promise.all(tokens.map((token) => caller.check(app, token)));
      for (const [n, verdict] of verdicts.entries()) {
        if (verdict.kind !== 'done') throw new Error(JSON.stringify(verdict));
        versions[verdict.value].push(claimsOf(tokens[n]!).ver);
      }
      // One point in the order of the user's versions, and the same one on both brokers.
      expect(Math.max(...versions.ended)).toBeLessThan(Math.min(...versions.accepted));
      expect(versions.ended.length).toBeGreaterThanOrEqual(BEFORE);
      expect(versions.accepted.length).toBeGreaterThanOrEqual(AFTER);
    }
  }
});
