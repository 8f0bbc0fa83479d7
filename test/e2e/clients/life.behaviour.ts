import { expect, test } from 'vitest';
import { BusinessClient, PASSWORD } from '../../support/broker-business.js';
import { type Answer, send } from '../../support/broker-http.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import {
  clientsOf,
  type ClientsSetting,
  LOGIN_NAME,
  loginWith,
  newClient,
  newSecret,
  removeClient,
} from './clients-setting.js';

/** Within which every broker knows what another has changed. */
const HEARD_MS = 1000;

const REFUSED = { status: 401, code: 'client_unknown' };

export function lifeBehaviour(setting: ClientsSetting): void {
  test('default has the public client web from the first start', async () => {
    for (const operator of [setting().first, setting().other]) {
      const web = (await clientsOf(operator)).filter(({ clientId }) => clientId === 'web');
      expect(web).toMatchObject([{ name: 'Web', type: 'public', removedAt: null }]);
      expect(await loginWith(operator, 'web')).toEqual({ status: 200 });
    }
    expect((await clientsOf(setting().first, 'tenant')).length).toBe(0);
  });

  test('a public client logs in at every broker, and shows no secret', async () => {
    const { first, other } = setting();
    const made = await newClient(first, { id: 'kiosk', type: 'public' });

    expect(made).toMatchObject({ clientId: 'kiosk', name: 'kiosk', appId: 'default' });
    expect(made).toMatchObject({ type: 'public', validSecrets: 0, requiresDpop: false });
    expect(made).not.toHaveProperty('clientSecret');
    expect(await loginWith(other, 'kiosk')).toEqual({ status: 200 });
    expect(await loginWith(other, 'kiosk', 'any secret')).toMatchObject(REFUSED);
  });

  test('without an id one is made up', async () => {
    const { first, other } = setting();
    const made = await newClient(first, { type: 'public', name: 'Nameless' });

    expect(made.clientId).toMatch(/^cli_[\w-]{20}$/);
    expect(made.name).toBe('Nameless');
    expect(await loginWith(other, made.clientId)).toEqual({ status: 200 });
  });

  test('a confidential client logs in with its secret, and whoever has none learns nothing', async () => {
    const { first, other, fleet } = setting();
    const body = { id: 'backend', type: 'confidential', requiresDpop: false };
    const { clientSecret = '', validSecrets } = await newClient(first, body);

    expect(clientSecret).toMatch(/^[\w-]{43}$/);
    expect(validSecrets).toBe(1);
    expect(await loginWith(other, 'backend', clientSecret)).toEqual({ status: 200 });
    const refusals = [
      await loginWith(other, 'backend'),
      await loginWith(other, 'backend', `${clientSecret.slice(0, -1)}!`),
      await loginWith(other, 'backend', 'x'),
      await loginWith(other, 'no-such-client'),
      await loginWith(other, 'no-such-client', clientSecret),
      await loginWith(other, 'web', clientSecret),
    ];
    for (const refusal of refusals) expect(refusal).toEqual({ ...refusals[0], ...REFUSED });
    const listed = JSON.stringify(await clientsOf(first));
    const stored = JSON.stringify(await ledgerRows(fleet, 'select * from clients'));
    for (const text of [listed, stored]) expect(text).not.toContain(clientSecret);
  });

  test('two secrets are valid at once: a third ends the first', async () => {
    const { first, other } = setting();
    const { clientSecret: one } = await newClient(first, { id: 'rotating', type: 'confidential' });
    const works = async (...secrets: (string | undefined)[]) =>
      Promise.all(
        secrets.map(async (secret) => {
          return (await loginWith(other, 'rotating', secret ?? '')).status === 200;
        }),
      );
    const two = await newSecret(first, 'rotating');
    expect(await works(one, two)).toEqual([true, true]);

    const three = await newSecret(other, 'rotating');

    expect(await works(one, two, three)).toEqual([false, true, true]);
    expect((await clientsOf(first)).find(({ clientId }) => clientId === 'rotating')).toMatchObject({
      validSecrets: 2,
    });
  });

  test('with a removed client nobody logs in, and its id is not given again', async () => {
    const { first, other } = setting();
    const { clientSecret } = await newClient(first, { id: 'gone', type: 'confidential' });
    await removeClient(first, 'gone');

    await pollUntil(HEARD_MS, async () => {
      return (await loginWith(other, 'gone', clientSecret)).status !== 200;
    });
    const refused = await loginWith(other, 'gone', clientSecret);
    expect(refused).toMatchObject(REFUSED);
    expect(refused).toEqual(await loginWith(other, 'no-such-client'));
    expect((await clientsOf(other)).find(({ clientId }) => clientId === 'gone')).toMatchObject({
      removedAt: expect.stringMatching(/^20/) as string,
      validSecrets: 0,
    });
    await removeClient(other, 'gone');
    const again = await first.send('POST', '/v1/apps/default/clients', {
      ...{ id: 'gone', type: 'public' },
    });
    expect(problemOf(again)).toMatchObject({ status: 409, code: 'client_exists' });
    const secret = await first.send('POST', '/v1/apps/default/clients/gone/secrets');
    expect(problemOf(secret)).toMatchObject({ status: 404, code: 'client_not_found' });
  });

  test('nor is a call taken with what a removed client got before', async () => {
    const { first, other, fleet } = setting();
    await newClient(first, { id: 'leaving', type: 'public' });
    const leaving = new BusinessClient(other.url, { clientId: 'leaving' });
    const login = { username: LOGIN_NAME, password: PASSWORD };
    const { accessToken, refreshToken, userId } = await leaving.logIn(login);
    const { token: born } = await leaving.exchange(accessToken);
    expect(await leaving.sessions(accessToken)).not.toEqual([]);

    await removeClient(first, 'leaving');

    const calls = (): Promise<readonly Answer[]> =>
      Promise.all([
        leaving.sendExchange(accessToken),
        leaving.sendStepUp(accessToken, { password: PASSWORD }),
        leaving.sendPassword(accessToken, PASSWORD, PASSWORD),
      ]);
    await pollUntil(HEARD_MS, async () => (await leaving.sendExchange(accessToken)).status === 401);
    for (const { url } of fleet.brokers) {
      const here = leaving.at(url);
      expect((await here.sendExchange(accessToken)).status).toBe(401);
    }
    for (const answer of await calls()) {
      expect(problemOf(answer)).toMatchObject({ code: 'token_business_session_ended' });
    }
    for (const token of [accessToken, refreshToken]) {
      const asked = await send(`${other.url}/oauth2/introspect`, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `token=${token}&client_id=default&client_secret=${fleet.appSecret}`,
      });
      expect(asked.json()).toEqual({ active: false });
    }
    // Superseded, a user token is of no use but to be renewed.
    await first.send('PATCH', `/v1/im/users/${userId}`, { role: 'left-behind' });
    for (const { url } of fleet.brokers) {
      const renewed = await new NativeClient(url, born).send('POST', '/v1/me/im-token/renew');
      expect(problemOf(renewed)).toMatchObject({ code: 'token_business_session_ended' });
    }
  });

  test('a public client is given no secret', async () => {
    const answer = await setting().first.send('POST', '/v1/apps/default/clients/web/secrets');
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('web, once removed, is not made again by a start', async () => {
    const { first, fleet } = setting();
    await removeClient(first, 'web');
    await fleet.first.stop();
    await fleet.first.startAgain();

    expect(await loginWith(first, 'web')).toMatchObject(REFUSED);
    expect((await clientsOf(first)).filter(({ clientId }) => clientId === 'web')).toMatchObject([
      { removedAt: expect.stringMatching(/^20/) as string },
    ]);
  });
}
