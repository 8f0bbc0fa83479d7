import { afterAll, beforeAll, describe } from 'vitest';
import { PROFILES } from '../../support/broker-fleet.js';
import {
  type Business,
  type BusinessSetting,
  startBusiness,
} from '../business/business-setting.js';
import { accountsBehaviour } from './accounts.behaviour.js';
import { inPersonBehaviour, MAX_AGE_SECONDS } from './in-person.behaviour.js';

describe.each(PROFILES)('operators and people, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile);
  });
  afterAll(() => business?.stop());

  const setting: BusinessSetting = () => business;
  describe('commands on accounts', () => {
    accountsBehaviour(setting);
  });
});

describe.each(PROFILES)('operators in person, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile, {
      COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: String(MAX_AGE_SECONDS),
    });
  });
  afterAll(() => business?.stop());

  inPersonBehaviour(() => business);
});
