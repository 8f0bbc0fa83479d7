import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { NativeClient, type NewApp, type Renewed } from '../../support/broker-native.js';
import { adminToken, postForm, requestToken } from '../../support/broker-oauth2.js';
import { send } from '../../support/broker-http.js';
import { OpenimClient } from '../../support/broker-openim.js';

describe.each(PROFILES)('the log of everything, on the %s profile', (profile) => {
  let fleet: Fleet;
  /** Everything that must not be found. */
  const secrets = new Set<string>();
  beforeAll(async () => {
    fleet = await startFleet(profile, { LOG_LEVEL: 'trace' });
  });
  afterAll(() => fleet?.stop());

  const hide = (text: string): string => {
    secrets.add(text);
    // A part of a token is as telling as the whole.
    for (const part of text.split('.')) if (part.length > 30) secrets.add(part);
    return text;
  };

  test('holds no secret and no token, whatever went well or wrong', async () => {
    const { first, other } = fleet;
    hide(fleet.appSecret);
    for (const name of ['COUNTERSIGN_MASTER_KEY', 'DATABASE_URL']) {
      const value = fleet.settings[name];
      if (value !== undefined) hide(value);
    }
    const im = new OpenimClient(first.url);
    const admin = hide(await im.admin(fleet.appSecret));
    const token = hide(await im.mint(admin, 'logged', 1));
    const operator = new NativeClient(
      other.url,
      hide(await adminToken(other.url, fleet.appSecret)),
    );
    const app: NewApp = await operator.createApp('logged', { algorithm: 'HS256' });
    const appSecret = hide(app.secret.secret);
    const tenant = new NativeClient(
      first.url,
      hide(await adminToken(first.url, appSecret, 'logged')),
    );
    const minted = hide((await tenant.mint({ userId: 'logged', platformId: 1 }, 'a key')).token);
    await tenant.change('logged', { role: 'vip' });
    const renewed = await new NativeClient(first.url, minted).renew();
    hide(renewed.json<Renewed>().token);

    // Now all of it where it does not belong.
    const spoilt = hide(`${token.slice(0, -4)}AAAA`);
    for (const text of [admin, token, spoilt, appSecret, fleet.appSecret, minted]) {
      await im.parseToken(text);
      await operator.inspect(text);
      await im.getUserToken(text, 'logged');
      await im.getAdminToken(text, 'nobody');
      await im.call('/auth/get_user_token', { platformID: text, userID: [text] }, admin);
      await im.call('/user/account_check', { checkUserIDs: [text] }, text);
      await im.send('/auth/parse_token', `{"token":"${text}"`, {});
      await operator.send('POST', '/v1/im/tokens', { [text]: text, userId: text });
      await operator.send('GET', `/v1/im/users/${text}`);
      await operator.send('GET', `/v1/im/users/x?token=${text}&access_token=${text}`);
      await operator.send('GET', `/nothing/${text}`);
      await new NativeClient(first.url, text).renew();
      await send(`${first.url}/v1/apps`, { method: 'GET', headers: { Authorization: text } });
      await requestToken(first.url, text.slice(0, 60), text);
      await requestToken(first.url, 'default', fleet.appSecret, { scope: text.slice(0, 900) });
      await postForm(first.url, { grant_type: text, client_secret: text });
    }
    await Promise.all(fleet.brokers.map((broker) => broker.stop()));

    const log = fleet.brokers.map((broker) => broker.output).join('\n');
    expect(log).toMatch(/Countersign is serving/);
    expect(log).toMatch(/DEBUG|TRACE/);
    expect(secrets.size).toBeGreaterThan(15);
    const found = [...secrets].filter((secret) => log.includes(secret)).length;
    expect(found).toBe(0);
    expect(log).not.toMatch(/eyJ[\w-]{8,}\.[\w-]{8,}/);
  });
});
