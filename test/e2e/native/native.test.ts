import { afterAll, beforeAll, describe } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { batchBehaviour } from './batch.behaviour.js';
import { idempotencyBehaviour } from './idempotency.behaviour.js';
import { inspectBehaviour } from './inspect.behaviour.js';
import { lifetimeBehaviour } from './lifetime.behaviour.js';
import { mintBehaviour } from './mint.behaviour.js';
import type { NativeSetting } from './native-setting.js';
import { renewBehaviour } from './renew.behaviour.js';
import { tenancyBehaviour } from './tenancy.behaviour.js';
import { usersBehaviour } from './users.behaviour.js';

describe.each(PROFILES)('the native dialect, on the %s profile', (profile) => {
  let fleet: Fleet;
  let first: NativeClient;
  let other: NativeClient;
  beforeAll(async () => {
    fleet = await startFleet(profile, { COUNTERSIGN_TOKENS__CLOCK_LEEWAY_SECONDS: '0' });
    const token = await adminToken(fleet.first.url, fleet.appSecret);
    first = new NativeClient(fleet.first.url, token);
    other = new NativeClient(fleet.other.url, token);
  });
  afterAll(() => fleet?.stop());

  const setting: NativeSetting = () => ({ fleet, first, other });
  describe('minting', () => {
    mintBehaviour(setting);
  });
  describe('minting in batches', () => {
    batchBehaviour(setting);
  });
  describe('minting with an Idempotency-Key', () => {
    idempotencyBehaviour(setting);
  });
  describe('inspecting', () => {
    inspectBehaviour(setting);
  });
  describe('renewing', () => {
    renewBehaviour(setting);
  });
  describe('lifetimes', () => {
    lifetimeBehaviour(setting);
  });
  describe('users', () => {
    usersBehaviour(setting);
  });
  describe('tenancy', () => {
    tenancyBehaviour(setting);
  });
});
