import { afterAll, beforeAll, describe } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { badInputBehaviour } from './bad-input.behaviour.js';
import { explainBehaviour } from './explain.behaviour.js';
import { listBehaviour } from './list.behaviour.js';
import { oauth2Behaviour } from './oauth2.behaviour.js';
import { restoreBehaviour } from './restore.behaviour.js';
import type { Revocations, RevocationsSetting } from './revocations-setting.js';
import { targetsBehaviour } from './targets.behaviour.js';

describe.each(PROFILES)('revocations, on the %s profile', (profile) => {
  let fleet: Fleet;
  let revocations: Revocations;
  beforeAll(async () => {
    fleet = await startFleet(profile);
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    const first = new NativeClient(fleet.first.url, token);
    const app = await first.createApp('tenant', { multiLoginPolicy: 0 });
    const tenantToken = await adminToken(fleet.first.url, app.secret.secret, 'tenant');
    revocations = {
      fleet,
      first,
      other: new NativeClient(fleet.other.url, token),
      tenant: new NativeClient(fleet.first.url, tenantToken),
    };
  });
  afterAll(() => fleet?.stop());

  const setting: RevocationsSetting = () => revocations;
  describe('targets', () => {
    targetsBehaviour(setting);
  });
  describe('restoring', () => {
    restoreBehaviour(setting);
  });
  describe('explaining', () => {
    explainBehaviour(setting);
  });
  describe('listing', () => {
    listBehaviour(setting);
  });
  describe('OAuth 2.0', () => {
    oauth2Behaviour(setting);
  });
  describe('bad input', () => {
    badInputBehaviour(setting);
  });
});
