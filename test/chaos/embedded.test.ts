import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Fleet, startFleet } from '../support/broker-fleet.js';
import { OpenimClient } from '../support/broker-openim.js';

const ROUNDS = 4;
const WORKERS = 8;
const ENDED = 1506;

/** What one round of load was told before the broker died. */
interface Told {
  /** Tokens whose revocation was acknowledged. */
  readonly revoked: string[];
  /** Tokens whose mint was acknowledged and that nobody asked to end. */
  readonly good: string[];
}

describe('an embedded broker that is killed under load', () => {
  let fleet: Fleet;
  let client: OpenimClient;
  let admin: string;
  beforeAll(async () => {
    fleet = await startFleet('embedded');
    client = new OpenimClient(fleet.first.url);
    admin = await client.admin(fleet.appSecret);
  });
  afterAll(() => fleet?.stop());

  /** Mints, and revokes every other, until the broker doesn't answer any more. */
  async function work(name: string, told: Told): Promise<void> {
    for (let n = 0; ; n++) {
      try {
        const token = await client.mint(admin, `${name}-${n}`, 1);
        if (n % 2 === 0) {
          told.good.push(token);
          continue;
        }
        const { errCode } = await client.forceLogout(admin, `${name}-${n}`, 1);
        expect(errCode).toBe(0);
        told.revoked.push(token);
      } catch (error) {
        if (fleet.first.isRunning && !isCut(error)) throw error;
        return;
      }
    }
  }

  test('keeps every acknowledged revocation and every acknowledged session', async () => {
    const all: Told = { revoked: [], good: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const workers = Array.from({ length: WORKERS }, (_, n) => work(`${round}-${n}`, all));
      await sleep(150 + Math.random() * 300);
      await fleet.first.kill();
      await Promise.all(workers);
      await fleet.first.startAgain();
    }
    onTestFinished(({ task }) => {
      Object.assign(task.meta, { revoked: all.revoked.length, good: all.good.length });
    });

    expect(all.revoked.length).toBeGreaterThan(10);
    expect(await codesOf(all.revoked)).toEqual(new Set([ENDED]));
    expect(await codesOf(all.good)).toEqual(new Set([0]));
  }, 60_000);

  async function codesOf(tokens: readonly string[]): Promise<Set<number>> {
    return new Set(await Promise.all(tokens.map((token) => client.codeOf(token))));
  }
});

/** A connection that ended, or was refused, because the broker had died. */
function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
