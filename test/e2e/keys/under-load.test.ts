import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Fleet, startFleet } from '../../support/broker-fleet.js';
import { send } from '../../support/broker-http.js';
import { BrokerProcess } from '../../support/broker-process.js';
import { NativeClient } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { operatorOf } from './keys-setting.js';

const ROTATING_MS = 60_000;
/** Between the rounds of a worker, for the machine's sake. */
const PAUSE_MS = 15;
const WORKERS = 4;

describe('two brokers whose keys rotate every two seconds', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet('cluster', {
      COUNTERSIGN_KEYS__ROTATION_INTERVAL_SECONDS: '2',
      COUNTERSIGN_KEYS__PREPUBLISH_SECONDS: '2',
      COUNTERSIGN_TOKENS__MAX_USER_TTL_SECONDS: '600',
      COUNTERSIGN_TOKENS__USER_TTL_SECONDS: '60',
      COUNTERSIGN_TOKENS__ADMIN_TTL_SECONDS: '300',
      COUNTERSIGN_OPENIM__USER_TTL_SECONDS: '60',
    });
  });
  afterAll(() => fleet?.stop());

  test('for a minute no mint and no check fails, nor one by the JWKS alone', async () => {
    const { token } = await operatorOf(fleet);
    const clients = fleet.brokers.map(({ url }) => new NativeClient(url, token));
    const checkers = fleet.brokers.map(({ url }) => new OpenimClient(url));
    // Knows HTTP only, and caches for as long as it is allowed to: it asks each broker.
    const allowed = { cacheMaxAge: 1000, cooldownDuration: 1000 };
    const verifiers = fleet.brokers.map(({ url }) =>
      createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), allowed),
    );
    const signedBy = new Set<string>();
    const codes = new Set<number>();
    let kept = '';
    let checks = 0;

    const work = async (worker: number): Promise<void> => {
      const until = performance.now() + ROTATING_MS;
      for (let round = 0; performance.now() < until; round += 1) {
        const [here, there] = round % 2 === 0 ? [0, 1] : [1, 0];
        // Each round another user: nobody is kicked.
        const user = { userId: `w${worker} ${round}`, platformId: 1 };
        const minted = await clients[here]!.mint(user);
        if (round % 50 === 0) kept = minted.token;
        for (const shown of [minted.token, kept]) {
          codes.add(await checkers[there]!.codeOf(shown));
          const { protectedHeader } = await jwtVerify(shown, verifiers[there]!, {
            algorithms: ['ES256'],
            issuer: fleet.issuer,
            audience: 'default',
            typ: 'im+jwt',
          });
          signedBy.add(protectedHeader.kid ?? '');
          checks += 1;
        }
        await sleep(PAUSE_MS);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));

    onTestFinished(({ task }) => void Object.assign(task.meta, { checks, keys: signedBy.size }));
    expect([...codes]).toEqual([0]);
    expect(signedBy.size).toBeGreaterThan(10);
    for (const { output } of fleet.brokers) expect(output).not.toMatch(/could not be/);
  }, 120_000);
});

describe('a key that is killed under load', () => {
  const ROUNDS = 5;
  /** With Redis up, news travels in milliseconds; the answer comes a second after the kill. */
  const NEWS_MS = 200;
  let fleet: Fleet;
  let ledgerProxy: TcpProxy;
  let redisProxy: TcpProxy;
  let cutOff: BrokerProcess;
  beforeAll(async () => {
    fleet = await startFleet('cluster');
    ledgerProxy = await TcpProxy.start(fleet.settings['DATABASE_URL'] ?? '');
    redisProxy = await TcpProxy.start(fleet.settings['REDIS_URL'] ?? '');
    cutOff = await BrokerProcess.start({
      settings: {
        ...fleet.settings,
        DATABASE_URL: ledgerProxy.url,
        REDIS_URL: redisProxy.url,
        COUNTERSIGN_CHECKS__LEDGER_GRACE_SECONDS: '0',
      },
    });
  });
  afterAll(async () => {
    await cutOff?.kill();
    await ledgerProxy?.close();
    await redisProxy?.close();
    await fleet?.stop();
  });

  /** Checks on and on at every broker; when a check that was answered with yes was last sent. */
  function hammer(urls: readonly string[], token: string) {
    const last = new Map<string, number>();
    const stopping = new AbortController();
    const workers = urls.flatMap((url) => {
      const im = new OpenimClient(url);
      return Array.from({ length: 2 }, async () => {
        while (!stopping.signal.aborted) {
          const sentAt = performance.now();
          if ((await im.codeOf(token)) === 0) last.set(url, Math.max(sentAt, last.get(url) ?? 0));
          await sleep(1);
        }
      });
    });
    const stop = async (): Promise<void> => {
      stopping.abort();
      await Promise.all(workers);
    };
    return { last, stop };
  }

  /** Kills the active key while its token is checked everywhere, and says who took it until when. */
  async function killUnderLoad(urls: readonly string[], user: string) {
    const operator = await operatorOf(fleet);
    const { token } = await operator.mint({ userId: user, platformId: 1 });
    const { keyId = '' } = await operator.inspect(token);
    const { last, stop } = hammer(urls, token);
    await sleep(200);
    const askedAt = performance.now();
    await operator.revokeKey(keyId);
    const answeredAt = performance.now();
    await sleep(1200);
    await stop();
    const times = urls.map((url) => last.get(url) ?? expect.fail(`${url} never took the token`));
    return { askedAt, answeredAt, times };
  }

  test('is refused by every broker in touch milliseconds after, and before the answer', async () => {
    const urls = [...fleet.brokers.map(({ url }) => url), cutOff.url];
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { askedAt, answeredAt, times } = await killUnderLoad(urls, `round ${round}`);
      for (const at of times) expect(at).toBeLessThan(answeredAt + 50);
      took.push(Math.max(...times) - askedAt);
    }
    const median = took.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Infinity;
    onTestFinished(({ task }) => void Object.assign(task.meta, { medianMs: median }));
    expect(median).toBeLessThan(NEWS_MS);
  });

  test('is refused before the answer by one that gets no events but reads the feed', async () => {
    redisProxy.hold();
    const { answeredAt, times } = await killUnderLoad([cutOff.url], 'no events');
    redisProxy.heal();

    for (const at of times) expect(at).toBeLessThan(answeredAt + 50);
  });

  test('is refused by one that is cut off from both before the answer and a second', async () => {
    const operator = await operatorOf(fleet);
    const { token } = await operator.mint({ userId: 'cut off', platformId: 1 });
    const { keyId = '' } = await operator.inspect(token);
    const im = new OpenimClient(cutOff.url);
    expect(await im.codeOf(token)).toBe(0);
    const { last, stop } = hammer([cutOff.url], token);
    await sleep(100);
    for (const proxy of [ledgerProxy, redisProxy]) proxy.hold();
    await operator.revokeKey(keyId);
    const answeredAt = performance.now();
    await sleep(2000);
    await stop();

    expect(last.get(cutOff.url) ?? expect.fail()).toBeLessThan(answeredAt + 1000);
    // Nor does it tell others to trust its keys.
    const jwks = await send(`${cutOff.url}/.well-known/jwks.json`, { method: 'GET' });
    expect([jwks.status, jwks.text]).toEqual([503, expect.not.stringContaining('kty')]);
  });
});
