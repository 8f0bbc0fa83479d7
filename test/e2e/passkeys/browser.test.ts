import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BusinessClient, PASSWORD, type Tokens } from '../../support/broker-business.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { Chromium } from '../../support/chromium.js';
import { LoginPage } from '../../support/login-page.js';
import { claimsOf } from '../native/claims-of.js';

/** As a page calls the broker, and its browser's authenticator between the calls. */
const CALL = `async (path, body, token) => {
  const headers = token === undefined ? {} : { authorization: 'Bearer ' + token };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}`;

const ADD = `async ({ token }) => {
  const call = ${CALL};
  const { passkeyToken, options } = await call('/v1/auth/passkeys/options', undefined, token);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return call('/v1/auth/passkeys', { passkeyToken, credential, name: 'this laptop' }, token);
}`;

const LOG_IN = `async () => {
  const call = ${CALL};
  const begun = await call('/v1/auth/login/passkey/options', { clientId: 'web' });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(begun.options);
  const credential = (await navigator.credentials.get({ publicKey })).toJSON();
  const { passkeyToken } = begun;
  return call('/v1/auth/login/passkey', { clientId: 'web', passkeyToken, credential });
}`;

const FINISH = `async ({ mfaToken }) => {
  const call = ${CALL};
  const { passkeyToken, options } = await call('/v1/auth/login/mfa/passkey', { mfaToken });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = (await navigator.credentials.get({ publicKey })).toJSON();
  return call('/v1/auth/login/mfa', { mfaToken, method: 'passkey', passkeyToken, credential });
}`;

describe.each(PROFILES)('passkeys of a real browser, on the %s profile', (profile) => {
  let page: LoginPage;
  let fleet: Fleet;
  let browser: Chromium;
  beforeAll(async () => {
    page = await LoginPage.start();
    fleet = await startFleet(profile, {
      COUNTERSIGN_BUSINESS_AUTH__PASSKEY_ORIGINS: page.origin,
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '8192',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '1',
    });
    page.broker = fleet.other.url;
    browser = await Chromium.open(page.origin);
    await browser.call('WebAuthn.enable');
    await browser.call('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal' },
        ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await fleet?.stop();
    await page?.close();
  });

  test('one is made, logs its owner in alone, and is the second step after a password', async () => {
    const web = new BusinessClient(fleet.first.url);
    const person = { username: 'browsing', password: PASSWORD };
    await web.register(person);
    const { accessToken, userId } = await web.logIn(person);

    const added = await browser.run<{ recoveryCodes: string[] }>(ADD, { token: accessToken });
    expect(added.recoveryCodes).toHaveLength(10);

    const alone = await browser.run<Tokens>(LOG_IN, {});
    expect(alone.userId).toBe(userId);
    expect(claimsOf(alone.accessToken)).toMatchObject({ amr: ['hwk', 'user', 'mfa'] });

    const { mfaToken } = await web.firstStep(person);
    const both = await browser.run<Tokens>(FINISH, { mfaToken });
    expect(claimsOf(both.accessToken)).toMatchObject({ sub: userId, amr: ['pwd', 'hwk', 'mfa'] });
    expect(await web.sessions(both.accessToken)).toHaveLength(3);
  });
});
