import { afterAll, beforeAll, describe } from 'vitest';
import { BusinessClient, PASSWORD } from '../../support/broker-business.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { auditBehaviour } from './audit.behaviour.js';
import { badInputBehaviour } from './bad-input.behaviour.js';
import { type ClientsOfApps, type ClientsSetting, LOGIN_NAME } from './clients-setting.js';
import { commandsBehaviour } from './commands.behaviour.js';
import { concurrencyBehaviour } from './concurrency.behaviour.js';
import { lifeBehaviour } from './life.behaviour.js';
import { tenancyBehaviour } from './tenancy.behaviour.js';
import { trustedIssuersBehaviour } from './trusted-issuers.behaviour.js';

describe.each(PROFILES)('clients and trusted issuers, on the %s profile', (profile) => {
  let fleet: Fleet;
  let made: ClientsOfApps;
  beforeAll(async () => {
    fleet = await startFleet(profile, {
      COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: '3600',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '8192',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '1',
      COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
    });
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    const first = new NativeClient(fleet.first.url, token);
    const { secret } = await first.createApp('tenant');
    made = {
      fleet,
      first,
      other: new NativeClient(fleet.other.url, token),
      tenant: new NativeClient(
        fleet.first.url,
        await adminToken(fleet.first.url, secret.secret, 'tenant'),
      ),
    };
    await new BusinessClient(first.url).register({ username: LOGIN_NAME, password: PASSWORD });
  });
  afterAll(() => fleet?.stop());

  const setting: ClientsSetting = () => made;
  describe('the life of a client', () => {
    lifeBehaviour(setting);
  });
  describe('trusted issuers', () => {
    trustedIssuersBehaviour(setting);
  });
  describe('the audit record', () => {
    auditBehaviour(setting);
  });
  describe('tenancy', () => {
    tenancyBehaviour(setting);
  });
  describe('all at once', () => {
    concurrencyBehaviour(setting);
  });
  describe('commands', () => {
    commandsBehaviour(setting);
  });
  describe('bad input', () => {
    badInputBehaviour(setting);
  });
});
