import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { hearAnswers } from '../../support/broker-http.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { bytesOf, openKeysOf } from '../../support/opened-keys.js';
import { SecretSearch } from '../../support/secret-search.js';
import { personToken } from './person-token.js';
import type { BadSetting } from './bad-setting.js';
import { bodiesBehaviour } from './bodies.behaviour.js';
import { fieldsBehaviour } from './fields.behaviour.js';
import { HeardAnswers } from './heard-answers.js';
import { oauth2Behaviour } from './oauth2.behaviour.js';
import { randomBodiesBehaviour } from './random-bodies.behaviour.js';
import { tokensBehaviour } from './tokens.behaviour.js';

describe.each(PROFILES)('bad input, on the %s profile', (profile) => {
  let fleet: Fleet;
  let admin: string;
  let person: string;
  let pids: readonly number[];
  const heard = new HeardAnswers();
  beforeAll(async () => {
    hearAnswers((answer) => heard.hear(answer));
    fleet = await startFleet(profile, {
      COUNTERSIGN_TOKENS__CLOCK_LEEWAY_SECONDS: '0',
      COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: '3600',
      // What is counted here is answers, and not tries.
      COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '8192',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '1',
    });
    admin = await adminToken(fleet.first.url, fleet.appSecret);
    person = await personToken(fleet.first.url);
    pids = fleet.brokers.map(({ pid }) => pid);
  });
  afterAll(() => fleet?.stop());

  const setting: BadSetting = () => ({ fleet, admin, person });
  describe('in fields', () => {
    fieldsBehaviour(setting);
  });
  describe('in bodies', () => {
    bodiesBehaviour(setting);
  });
  describe('at random', () => {
    randomBodiesBehaviour(setting);
  });
  describe('over OAuth 2.0', () => {
    oauth2Behaviour(setting);
  });
  describe('in tokens', () => {
    tokensBehaviour(setting);
  });

  test('no refusal told a private key, an app secret or a token that works', async () => {
    const keys = (await openKeysOf(fleet)).flatMap(bytesOf);
    const master = Buffer.from(fleet.settings['COUNTERSIGN_MASTER_KEY'] ?? '', 'base64');
    const search = new SecretSearch([
      ...[...keys, master, Buffer.from(fleet.appSecret), Buffer.from(admin)],
      ...heard.given,
    ]);

    // Tokens and secrets that were given out meanwhile, and the refusals.
    expect(heard.given.length).toBeGreaterThan(5);
    expect(heard.refusals).toBeGreaterThan(1000);
    expect(search.found(heard.given[0] ?? Buffer.alloc(0))).toBeGreaterThan(0);
    expect(search.found(heard.refused())).toBe(0);
  });

  test('after all of that the brokers are still the same, and have logged no failure', () => {
    expect(fleet.brokers.map(({ pid }) => pid)).toEqual(pids);
    for (const broker of fleet.brokers) {
      expect(broker.isRunning).toBe(true);
      expect(broker.output).not.toMatch(/ERROR|FATAL|failed/);
    }
  });
});
