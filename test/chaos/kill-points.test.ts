import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, startFleet } from '../support/broker-fleet.js';
import type { BrokerProcess } from '../support/broker-process.js';
import { NativeClient } from '../support/broker-native.js';
import { OpenimClient } from '../support/broker-openim.js';
import { pollUntil } from '../support/broker-poll.js';
import { dyingAt, KILL_POINTS, type KillPoint, LIVING } from './faults/kill-points.js';
import { nowMs } from './now.js';
import { BEHIND_MS } from './watch/bounds.js';

const ENDED = 1506;
const TIMEOUT_MS = 60_000;
/** What stands after a death, in a ledger that had confirmed nothing, is decided by then. */
const DECIDED_MS = 3000;

const points = Object.entries(KILL_POINTS) as [KillPoint, 'yes' | 'no' | 'unknown'][];
/** Copies and events of an embedded broker die with it: nobody else has them. */
const embeddedPoints = points.filter(([point]) =>
  ['committed', 'announced', 'before-answer'].includes(point),
);

/** How a caller ends sessions of a user on platform 1, and thereby kills the broker. */
type End = (client: OpenimClient, admin: string, user: string) => Promise<unknown>;

const revoking: End = (client, admin, user) => client.forceLogout(admin, user, 1);
const loggingIn: End = (client, admin, user) => client.getUserToken(admin, user, 1);

/** Lets a broker be killed at a place, by what it was asked to do. Returns when it was dead. */
async function dieAt(
  place: KillPoint,
  dying: BrokerProcess,
  user: string,
  end: () => Promise<unknown>,
) {
  await dying.kill();
  await dying.startAgain(dyingAt(place, user));
  const outcome = end().then(
    () => 'answered',
    () => 'unanswered',
  );
  const { signal } = await dying.ended;
  const deadAt = nowMs();
  expect(signal).toBe('SIGKILL');
  expect(await outcome).toBe('unanswered');
  return deadAt;
}

describe('a broker that is killed between commit and answer', () => {
  let fleet: Fleet;
  let survivor: OpenimClient;
  let victim: OpenimClient;
  let admin: string;
  beforeAll(async () => {
    fleet = await startFleet('cluster');
    survivor = new OpenimClient(fleet.first.url);
    victim = new OpenimClient(fleet.other.url);
    admin = await survivor.admin(fleet.appSecret);
  });
  afterAll(() => fleet?.stop());

  async function killedWhile(place: KillPoint, happens: 'yes' | 'no' | 'unknown', end: End) {
    const user = `dies-${place}-${nowMs()}`;
    const token = await survivor.mint(admin, user, 1);
    expect(await survivor.codeOf(token)).toBe(0);
    const deadAt = await dieAt(place, fleet.other, user, () => end(victim, admin, user));

    if (happens === 'yes') {
      // Whatever the dead one did not tell, the feed does.
      const asked = () => survivor.codeOf(token);
      await pollUntil(BEHIND_MS + DECIDED_MS, async () => {
        const began = nowMs();
        const code = await asked();
        if (began - deadAt >= BEHIND_MS) expect(code).toBe(ENDED);
        return code === ENDED;
      });
    } else if (happens === 'no') {
      await pollUntil(DECIDED_MS + BEHIND_MS, async () => nowMs() - deadAt >= BEHIND_MS);
      expect(await survivor.codeOf(token)).toBe(0);
    } else {
      await pollUntil(DECIDED_MS + BEHIND_MS, async () => nowMs() - deadAt >= DECIDED_MS);
    }

    await fleet.other.startAgain(LIVING);
    const [here, there] = [await survivor.codeOf(token), await victim.codeOf(token)];
    expect(there).toBe(here);
    expect(here).toBeOneOf({ yes: [ENDED], no: [0], unknown: [0, ENDED] }[happens]);
    return token;
  }

  test.each(points)(
    'at %s, revoking: that has happened: %s',
    { timeout: TIMEOUT_MS },
    async (place, happens) => {
      const token = await killedWhile(place, happens, revoking);

      const { status } = await new NativeClient(fleet.first.url, admin).inspect(token);
      const expected = { yes: ['revoked'], no: ['active'], unknown: ['active', 'revoked'] };
      expect(status).toBeOneOf(expected[happens]);
    },
  );

  test('just after a login was committed has ended the session before', async () => {
    const token = await killedWhile('committed', 'yes', loggingIn);

    const { status } = await new NativeClient(fleet.first.url, admin).inspect(token);
    expect(status).toBe('kicked');
  });
});

describe('an embedded broker that is killed between commit and answer', () => {
  let fleet: Fleet;
  let client: OpenimClient;
  let admin: string;
  beforeAll(async () => {
    fleet = await startFleet('embedded');
    client = new OpenimClient(fleet.first.url);
    admin = await client.admin(fleet.appSecret);
  });
  afterAll(() => fleet?.stop());

  test.each(embeddedPoints)('at %s has revoked', { timeout: TIMEOUT_MS }, async (place) => {
    const user = `dies-${place}`;
    const token = await client.mint(admin, user, 1);
    await dieAt(place, fleet.first, user, () => revoking(client, admin, user));

    await fleet.first.startAgain(LIVING);
    expect(await client.codeOf(token)).toBe(ENDED);
  });
});
