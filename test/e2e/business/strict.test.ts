import { afterAll, beforeAll, describe } from 'vitest';
import { PROFILES } from '../../support/broker-fleet.js';
import { type Business, type BusinessSetting, startBusiness } from './business-setting.js';
import { reuseBehaviour } from './reuse.behaviour.js';
import { stepUpBehaviour } from './step-up.behaviour.js';

const MAX_AGE = 2;

/** As strict as it can be set. */
const STRICT = {
  COUNTERSIGN_BUSINESS_AUTH__REFRESH_GRACE_SECONDS: '0',
  COUNTERSIGN_STEP_UP__MAX_AGE_SECONDS: String(MAX_AGE),
};

describe.each(PROFILES)('a strict business tier, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile, STRICT);
  });
  afterAll(() => business?.stop());

  const setting: BusinessSetting = () => business;
  describe('reuse of refresh tokens', () => {
    reuseBehaviour(setting);
  });
  describe('step-up', () => {
    stepUpBehaviour(setting, MAX_AGE);
  });
});
