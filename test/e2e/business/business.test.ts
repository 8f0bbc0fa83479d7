import { afterAll, beforeAll, describe } from 'vitest';
import { PROFILES } from '../../support/broker-fleet.js';
import { type Business, type BusinessSetting, startBusiness } from './business-setting.js';
import { classicFlowBehaviour } from './classic-flow.behaviour.js';
import { dpopBehaviour } from './dpop.behaviour.js';
import { exchangeBehaviour } from './exchange.behaviour.js';
import { loginBehaviour } from './login.behaviour.js';
import { oauth2Behaviour } from './oauth2.behaviour.js';
import { refreshBehaviour } from './refresh.behaviour.js';
import { secondFactorBehaviour } from './second-factor.behaviour.js';
import { sessionsBehaviour } from './sessions.behaviour.js';
import { tokenKindsBehaviour } from './token-kinds.behaviour.js';

describe.each(PROFILES)('the business tier, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile);
  });
  afterAll(() => business?.stop());

  const setting: BusinessSetting = () => business;
  describe('the classic flow', () => {
    classicFlowBehaviour(setting);
  });
  describe('login', () => {
    loginBehaviour(setting);
  });
  describe('refreshing', () => {
    refreshBehaviour(setting);
  });
  describe('sessions', () => {
    sessionsBehaviour(setting);
  });
  describe('the second factor', () => {
    secondFactorBehaviour(setting);
  });
  describe('the exchange', () => {
    exchangeBehaviour(setting);
  });
  describe('kinds of tokens', () => {
    tokenKindsBehaviour(setting);
  });
  describe('introspection and revocation', () => {
    oauth2Behaviour(setting);
  });
  describe('tokens bound to a key', () => {
    dpopBehaviour(setting);
  });
});
