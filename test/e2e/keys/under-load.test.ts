import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Fleet, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
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
      COUNTERSIGN_BUSINESS_AUTH__ACCESS_TTL_SECONDS: '300',
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
