import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BusinessClient, PASSWORD } from '../../support/broker-business.js';
import { type Fleet, startFleet } from '../../support/broker-fleet.js';
import { send } from '../../support/broker-http.js';
import { Chromium } from '../../support/chromium.js';
import { LoginPage } from '../../support/login-page.js';

/** A login at another origin, its answer, and what the page can read of a refusal. */
const LOG_IN = `async ({ url, login }) => {
  const call = (path, method, body, token) => fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: 'Bearer ' + token }),
    },
    body: JSON.stringify(body),
  });
  try {
    const { accessToken, sessionId } = await (await call('/v1/auth/login', 'POST', login)).json();
    const refused = await call('/v1/auth/password', 'POST', {}, 'none');
    const unreadable = await fetch(url + '/v1/auth/login', { method: 'POST', body: 'text' });
    const ended = await call('/v1/auth/sessions/' + sessionId, 'DELETE', undefined, accessToken);
    return {
      token: accessToken.length > 0,
      challenge: refused.headers.get('www-authenticate'),
      unreadable: unreadable.status,
      ended: ended.status,
    };
  } catch (error) {
    return { failed: String(error) };
  }
}`;

const METADATA = `async ({ url }) => {
  const known = await fetch(url + '/.well-known/jwks.json');
  const answer = await fetch(url + '/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'web' }),
  });
  return [known.status, await answer.json()];
}`;

describe('pages of other origins, in a real browser', () => {
  const person = { username: 'paging', password: PASSWORD };
  let page: LoginPage;
  let other: LoginPage;
  let fleet: Fleet;
  let open: Fleet;
  let browser: Chromium;
  beforeAll(async () => {
    [page, other] = await Promise.all([LoginPage.start(), LoginPage.start()]);
    fleet = await startFleet('embedded', { COUNTERSIGN_HTTP__PAGE_ORIGINS: page.origin });
    open = await startFleet('embedded', {});
    for (const { first } of [fleet, open]) await new BusinessClient(first.url).register(person);
    browser = await Chromium.open(page.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([fleet?.stop(), open?.stop()]);
    await Promise.all([page?.close(), other?.close()]);
  });

  const logIn = (url: string) =>
    browser.run(LOG_IN, { url, login: { ...person, clientId: 'web' } });

  test('one that the settings name calls, and reads answers and errors', async () => {
    const { url } = fleet.first;
    expect(await logIn(url)).toEqual({
      token: true,
      challenge: expect.stringContaining('Bearer') as string,
      unreadable: 415,
      ended: 204,
    });
    expect(await browser.run(METADATA, { url })).toEqual([
      200,
      expect.objectContaining({ error: 'invalid_grant' }),
    ]);
  });

  test('another does not, nor does any where none is named', async () => {
    expect(await logIn(open.first.url)).toEqual({ failed: 'TypeError: Failed to fetch' });
    await browser.goTo(other.origin);
    expect(await logIn(fleet.first.url)).toEqual({ failed: 'TypeError: Failed to fetch' });
  });

  test('each of the calls can be read by it, the most frequent too', async () => {
    for (const path of ['/v1/im/tokens', '/v1/im/tokens/inspect', '/v1/keys', '/nowhere']) {
      const answer = await send(fleet.first.url + path, { headers: { Origin: page.origin } });
      expect(answer.headers['access-control-allow-origin']).toBe(page.origin);
    }
  });

  test('OpenIM’s calls are any page’s, as ever', async () => {
    const headers = { Origin: other.origin, 'Access-Control-Request-Method': 'POST' };
    for (const { first } of [fleet, open]) {
      const answer = await send(`${first.url}/auth/parse_token`, { method: 'OPTIONS', headers });
      expect(answer.status).toBe(204);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    }
  });

  test('a preflight where no page is named is a wrong method', async () => {
    const headers = { Origin: page.origin, 'Access-Control-Request-Method': 'POST' };
    const url = `${open.first.url}/v1/auth/login`;
    const answer = await send(url, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });
});
