import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { PROFILES } from '../../support/broker-fleet.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import { asOperator } from '../../support/operator.js';
import {
  type Business,
  codesOf,
  newPerson,
  startBusiness,
  statusesOf,
} from './business-setting.js';

const REFRESH_TTL_SECONDS = 2;
const IM_TTL_SECONDS = 9;
/** How long the news of an end may take to another broker. */
const NEWS_MS = 1000;

describe.each(PROFILES)('business sessions that have expired, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile, {
      COUNTERSIGN_BUSINESS_AUTH__ACCESS_TTL_SECONDS: String(REFRESH_TTL_SECONDS),
      COUNTERSIGN_TOKENS__USER_TTL_SECONDS: String(IM_TTL_SECONDS),
      COUNTERSIGN_BUSINESS_AUTH__REFRESH_TTL_SECONDS: String(REFRESH_TTL_SECONDS),
    });
  });
  afterAll(() => business?.stop());

  /** Somebody whose session has expired, and the user token born from it, which works. */
  const expired = async () => {
    const { web } = business;
    const { username, tokens } = await newPerson(web);
    const { token } = await web.exchange(tokens.accessToken);
    await sleep(REFRESH_TTL_SECONDS * 1000 + 500);
    expect((await web.sendRefresh(tokens.refreshToken)).status).toBe(401);
    expect(await codesOf(business, token)).toEqual([0]);
    return { username, account: { appId: 'default', accountId: tokens.userId }, token };
  };

  const expectEnded = async (token: string): Promise<void> => {
    await pollUntil(NEWS_MS, async () => (await codesOf(business, token)).join() === '1506');
    expect(await statusesOf(business, token)).toEqual(['business_session_ended']);
  };

  test('take with them what was born from them when an account is disabled', async () => {
    const { account, token } = await expired();
    await asOperator(business.fleet, ({ manageAccounts }) =>
      manageAccounts.disable(account, 'test'),
    );
    await expectEnded(token);
  });

  test('leave nothing behind that outlives a login and the end of all sessions', async () => {
    const { username, token } = await expired();
    const { accessToken } = await business.elsewhere.logIn({ username, password: PASSWORD });
    expect((await business.web.logOutAll(accessToken)).status).toBe(204);
    await expectEnded(token);
  });

  test('renew no user token that was born from them', async () => {
    const { token } = await expired();
    // The last third of its life has begun.
    await sleep(Math.max(0, (IM_TTL_SECONDS * 2 * 1000) / 3 - REFRESH_TTL_SECONDS * 1000));
    for (const { url } of business.fleet.brokers) {
      const answer = await new NativeClient(url, token).send('POST', '/v1/me/im-token/renew');
      expect(problemOf(answer)).toMatchObject({
        status: 401,
        code: 'token_business_session_ended',
      });
    }
  });

  test('nor a changed password', async () => {
    const { username, token } = await expired();
    const { accessToken } = await business.web.logIn({ username, password: PASSWORD });
    await business.elsewhere.changePassword(accessToken, PASSWORD, NEW_PASSWORD);
    await expectEnded(token);
  });
});
