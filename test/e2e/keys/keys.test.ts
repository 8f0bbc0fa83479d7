import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { problemOf } from '../../support/broker-native.js';
import { commandsBehaviour } from './commands.behaviour.js';
import { jwksBehaviour } from './jwks.behaviour.js';
import { operatorOf } from './keys-setting.js';
import { revokeBehaviour } from './revoke.behaviour.js';
import { rotateBehaviour } from './rotate.behaviour.js';

describe.each(PROFILES)('signing keys, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile);
  });
  afterAll(() => fleet?.stop());

  describe('as others see them', () => {
    jwksBehaviour(() => fleet);
  });
  describe('rotating', () => {
    rotateBehaviour(() => fleet);
  });
  describe('killing', () => {
    revokeBehaviour(() => fleet);
  });
  describe('by command', () => {
    commandsBehaviour(() => fleet);
  });
});

describe('a proof that is not fresh', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet('embedded', { COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: '1' });
  });
  afterAll(() => fleet?.stop());

  test('neither rotates nor kills', async () => {
    const operator = await operatorOf(fleet);
    const [key] = await operator.keys();
    await sleep(2100);
    const rotate = await operator.send('POST', '/v1/keys/rotate', { force: true });
    const kill = await operator.send('POST', `/v1/keys/${key?.id}/revoke`, { reason: 'x' });

    for (const answer of [rotate, kill]) {
      expect(problemOf(answer)).toMatchObject({
        status: 401,
        code: 'insufficient_user_authentication',
      });
      expect(answer.headers['www-authenticate']).toContain('max_age=1');
    }
    expect((await operator.keys()).every(({ revokedAt }) => revokedAt === null)).toBe(true);
  });
});
