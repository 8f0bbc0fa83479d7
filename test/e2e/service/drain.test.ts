import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';

const IN_FLIGHT = 200;
const DONE = { code: 0, signal: null };

describe.each(PROFILES)('a broker that is asked to stop, on the %s profile', (profile) => {
  let fleet: Fleet;
  let admin: string;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    admin = await adminToken(fleet.first.url, fleet.appSecret);
  });
  afterAll(() => fleet?.stop());
  afterEach(async () => {
    if (!fleet.first.isRunning) await fleet.first.startAgain();
  });

  /** Callers with a connection each, which is open already, as those of a business server are. */
  async function connectedCallers(): Promise<Agent> {
    const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
    const url = `${fleet.first.url}/health/live`;
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => send(url, { method: 'GET', agent })));
    return agent;
  }

  test('answers all two hundred requests in flight, keeps what it answered, and ends with 0', async () => {
    const agent = await connectedCallers();
    let answered = 0;
    const requests = Array.from({ length: IN_FLIGHT }, async (_, n) => {
      const userIds = Array.from({ length: 10 }, (_unused, m) => `drained ${n}.${m}`);
      const answer = await send(`${fleet.first.url}/v1/im/tokens/batch`, {
        agent,
        headers: { Authorization: `Bearer ${admin}`, 'Content-Type': 'application/json' },
        // Batches, so that there is something left to do when the signal comes.
        body: { requests: userIds.map((userId) => ({ userId, platformId: 1 })) },
      });
      answered += 1;
      return answer;
    });
    await Promise.race(requests);
    const before = answered;
    const [exit, answers] = await Promise.all([fleet.first.stop(), Promise.all(requests)]);

    expect(exit).toEqual(DONE);
    expect(before).toBeLessThan(IN_FLIGHT);
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200));
    await fleet.first.startAgain();
    const im = new OpenimClient(fleet.first.url);
    const codes = await Promise.all(
      answers.map((answer) => {
        const { results } = answer.json<{ results: { token: string }[] }>();
        return im.codeOf(results[0]?.token ?? '');
      }),
    );
    expect(new Set(codes)).toEqual(new Set([0]));
  });

  test('ends soon although callers keep their connections, or have never said a word', async () => {
    const agent = await connectedCallers();
    const silent = connect(fleet.first.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const started = performance.now();

    expect(await fleet.first.stop()).toEqual(DONE);
    expect(performance.now() - started).toBeLessThan(5000);
    silent.destroy();
    agent.destroy();
  });

  test('is not upset by a second signal', async () => {
    const ends = [fleet.first.stop(), fleet.first.stop()];

    expect(await Promise.all(ends)).toEqual([DONE, DONE]);
    await expect(send(fleet.first.url, { method: 'GET' })).rejects.toThrow(/ECONN/);
  });
});
