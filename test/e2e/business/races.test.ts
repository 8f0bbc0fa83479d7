import { afterAll, beforeAll, describe } from 'vitest';
import { PROFILES } from '../../support/broker-fleet.js';
import { type Business, type BusinessSetting, startBusiness } from './business-setting.js';
import { endingsBehaviour } from './endings.behaviour.js';
import { onceBehaviour, SESSIONS_MAX } from './once.behaviour.js';
import { standingBehaviour } from './standing.behaviour.js';

describe.each(PROFILES)('races of the business tier, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile, {
      COUNTERSIGN_BUSINESS_AUTH__SESSIONS_MAX: String(SESSIONS_MAX),
    });
  });
  afterAll(() => business?.stop());

  const setting: BusinessSetting = () => business;
  describe('endings', () => {
    endingsBehaviour(setting);
  });
  describe('what was begun before an end', () => {
    standingBehaviour(setting);
  });
  describe('once', () => {
    onceBehaviour(setting);
  });
});
