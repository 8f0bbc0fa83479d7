import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { type Answer, send } from '../../support/broker-http.js';
import { cliJson } from '../../support/cli.js';
import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { DpopKey } from '../../support/dpop-key.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { type Asked, SoftwareAuthenticator } from '../../support/software-authenticator.js';
import { claimsOf } from '../native/claims-of.js';

const subjectOf = (token: string) => (claimsOf(token) as unknown as { sub: string }).sub;

interface Tokens {
  readonly accessToken: string;
  readonly userId: string;
}

interface Challenge {
  readonly passkeyToken: string;
  readonly options: Asked & { readonly allowCredentials?: readonly { readonly id: string }[] };
}

const PASSWORD = 'nine purple otters juggle 17 lanterns';
const ORIGIN = 'https://login.example';

describe.each(PROFILES)('passkeys, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile, {
      COUNTERSIGN_BUSINESS_AUTH__PASSKEY_ORIGINS: ORIGIN,
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '8192',
      COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '1',
      COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
    });
  });
  afterAll(() => fleet?.stop());

  const call = (path: string, body?: object, token?: string, method = 'POST'): Promise<Answer> =>
    send(fleet.other.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
    });

  const newAuthenticator = () => new SoftwareAuthenticator('login.example', ORIGIN);
  const logIn = (username: string) =>
    call('/v1/auth/login', { username, password: PASSWORD, clientId: 'web' });

  async function register(): Promise<{ username: string; token: string }> {
    const username = `user-${randomBytes(6).toString('hex')}`;
    await call('/v1/auth/register', { username, password: PASSWORD, clientId: 'web' });
    const { accessToken } = (await logIn(username)).json<Tokens>();
    return { username, token: accessToken };
  }

  /** An account with a passkey. */
  async function withPasskey(authenticator = newAuthenticator()) {
    const { username, token } = await register();
    const answer = await add(token, authenticator);
    expect(answer.status).toBe(201);
    return { username, token, authenticator, added: answer.json<{ recoveryCodes: string[] }>() };
  }

  async function add(token: string, authenticator: SoftwareAuthenticator): Promise<Answer> {
    const begun = (await call('/v1/auth/passkeys/options', undefined, token)).json<Challenge>();
    const credential = authenticator.create(begun.options);
    const { passkeyToken } = begun;
    return call('/v1/auth/passkeys', { passkeyToken, credential, name: 'laptop' }, token);
  }

  async function beginLogin(): Promise<Challenge> {
    return (await call('/v1/auth/login/passkey/options', { clientId: 'web' })).json<Challenge>();
  }

  const finishLogin = (passkeyToken: string, credential: object) =>
    call('/v1/auth/login/passkey', { clientId: 'web', passkeyToken, credential });

  async function passkeyLogin(authenticator: SoftwareAuthenticator): Promise<Answer> {
    const { passkeyToken, options } = await beginLogin();
    return finishLogin(passkeyToken, authenticator.get(options));
  }

  test('alone logs its owner in, as strongly as two factors do', async () => {
    const { authenticator } = await withPasskey();
    const answer = await passkeyLogin(authenticator);
    expect(answer.status).toBe(200);
    const { accessToken } = answer.json<Tokens>();
    const [, claims = ''] = accessToken.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      acr: 'urn:countersign:acr:multi',
      amr: ['hwk', 'user', 'mfa'],
    });
    expect((await call('/v1/auth/sessions', undefined, accessToken, 'GET')).status).toBe(200);
  });

  test('is asked for after the password, and finishes that login', async () => {
    const { username, authenticator, added } = await withPasskey();
    expect(added.recoveryCodes).toHaveLength(10);
    const { mfaToken, methods } = (await logIn(username)).json<{
      mfaToken: string;
      methods: string[];
    }>();
    expect(methods).toEqual(['passkey', 'recovery_code']);
    const asked = (await call('/v1/auth/login/mfa/passkey', { mfaToken })).json<Challenge>();
    expect(asked.options.allowCredentials?.map(({ id }) => id)).toEqual([
      authenticator.credentialId,
    ]);
    const { passkeyToken } = asked;
    // As a second factor its presence is enough.
    authenticator.verifiesUser = false;
    const credential = authenticator.get(asked.options);
    const body = { mfaToken, method: 'passkey', passkeyToken, credential };
    expect((await call('/v1/auth/login/mfa', body)).status).toBe(200);
    expect((await call('/v1/auth/login/mfa', body)).json()).toMatchObject({
      code: 'invalid_ticket',
    });
  });

  test('may be asked for as often as its owner closes the dialog, and codes still work', async () => {
    const { username, authenticator, added } = await withPasskey();
    const { mfaToken } = (await logIn(username)).json<{ mfaToken: string }>();
    for (let n = 0; n < 10; n += 1) {
      expect((await call('/v1/auth/login/mfa/passkey', { mfaToken })).status).toBe(200);
    }
    const code = added.recoveryCodes[0];
    const body = { mfaToken, method: 'recovery_code', code };
    expect((await call('/v1/auth/login/mfa', body)).status).toBe(200);
    const late = await call('/v1/auth/login/mfa/passkey', { mfaToken });
    expect(late.json()).toMatchObject({ code: 'invalid_ticket' });
    expect((await passkeyLogin(authenticator)).status).toBe(200);
  });

  test('steps its owner up', async () => {
    const { token, authenticator } = await withPasskey();
    const listed = await call('/v1/auth/logout-all', undefined, token);
    expect(listed.json()).toMatchObject({ code: 'insufficient_user_authentication' });
    expect(listed.headers['www-authenticate']).toContain('acr_values="urn:countersign:acr:multi"');
    const asked = (await call('/v1/auth/step-up/passkey', undefined, token)).json<Challenge>();
    const { passkeyToken } = asked;
    const credential = authenticator.get(asked.options);
    const stepped = await call('/v1/auth/step-up', { passkeyToken, credential }, token);
    const { accessToken } = stepped.json<Tokens>();
    expect((await call('/v1/auth/logout-all', undefined, accessToken)).status).toBe(204);
  });

  test('found by somebody who can’t verify as its owner, does not step a passkey’s session up', async () => {
    const { authenticator } = await withPasskey();
    const { accessToken } = (await passkeyLogin(authenticator)).json<Tokens>();
    const stepUp = async () => {
      const asked = await call('/v1/auth/step-up/passkey', undefined, accessToken);
      const { passkeyToken, options } = asked.json<Challenge>();
      const credential = authenticator.get(options);
      return call('/v1/auth/step-up', { passkeyToken, credential }, accessToken);
    };

    authenticator.verifiesUser = false;
    expect((await stepUp()).json()).toMatchObject({ status: 401, code: 'invalid_code' });
    authenticator.verifiesUser = true;
    const { accessToken: fresh } = (await stepUp()).json<Tokens>();
    expect(claimsOf(fresh)).toMatchObject({
      acr: 'urn:countersign:acr:multi',
      amr: ['hwk', 'user', 'mfa'],
    });
  });

  test('taken away by an operator, is refused, and can be added again', async () => {
    const { username, authenticator } = await withPasskey();
    await cliJson(fleet.settings, 'accounts', 'remove-second-factors', username);

    expect((await passkeyLogin(authenticator)).json()).toMatchObject({ code: 'invalid_login' });
    const { accessToken } = (await logIn(username)).json<Tokens>();
    expect((await add(accessToken, authenticator)).status).toBe(201);
    expect((await passkeyLogin(authenticator)).status).toBe(200);
  });

  test('stepped up by a recovery code, a session says what was shown, and no password', async () => {
    const { authenticator, added } = await withPasskey();
    const { accessToken } = (await passkeyLogin(authenticator)).json<Tokens>();
    const code = added.recoveryCodes[0];
    const stepped = await call('/v1/auth/step-up', { code }, accessToken);
    const [, claims = ''] = stepped.json<Tokens>().accessToken.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      amr: ['hwk', 'rec', 'mfa'],
    });
  });

  test('a challenge is good for one try, on whatever broker', async () => {
    const { authenticator } = await withPasskey();
    const { passkeyToken, options } = await beginLogin();
    const credential = authenticator.get(options);
    const tries = await Promise.all(
      Array.from({ length: 20 }, () => finishLogin(passkeyToken, credential)),
    );
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('a copied authenticator, whose counter lags, is refused', async () => {
    const { authenticator } = await withPasskey();
    expect((await passkeyLogin(authenticator)).status).toBe(200);
    authenticator.counter = 1;
    expect((await passkeyLogin(authenticator)).json()).toMatchObject({ code: 'invalid_login' });
  });

  test.each<[string, (begun: Challenge, own: SoftwareAuthenticator) => object]>([
    ['made for another challenge', (_, own) => own.get({ challenge: 'AAAA' })],
    [
      'made for another site',
      ({ options }) => new SoftwareAuthenticator('evil.example', ORIGIN).get(options),
    ],
    [
      'made on another page',
      ({ options }) =>
        new SoftwareAuthenticator('login.example', 'https://login.example.evil').get(options),
    ],
    ['of somebody who is not known', ({ options }) => newAuthenticator().get(options)],
    [
      'without its user’s verification',
      ({ options }, own) => {
        own.verifiesUser = false;
        return own.get(options);
      },
    ],
    [
      'signed by another key',
      ({ options }, own) => ({ ...newAuthenticator().get(options), id: own.credentialId }),
    ],
    ['that is garbage', (_, own) => ({ id: own.credentialId, type: 'public-key', response: {} })],
  ])('an answer %s logs nobody in', async (_, answerOf) => {
    const { authenticator } = await withPasskey();
    const begun = await beginLogin();
    const answer = await finishLogin(begun.passkeyToken, answerOf(begun, authenticator));
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_login' });
  });

  test('of twenty answers of one count, at once, one logs in', async () => {
    const { authenticator } = await withPasskey();
    const begun = await Promise.all(Array.from({ length: 20 }, () => beginLogin()));
    const answers = await Promise.all(
      begun.map(({ passkeyToken, options }) => {
        authenticator.counter = 7;
        return finishLogin(passkeyToken, authenticator.get(options));
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('a challenge for one person is of no use to another', async () => {
    const [one, other] = [await withPasskey(), await withPasskey()];
    const asked = (await call('/v1/auth/step-up/passkey', undefined, one.token)).json<Challenge>();
    const { passkeyToken } = asked;
    const credential = other.authenticator.get(asked.options);
    const answer = await call('/v1/auth/step-up', { passkeyToken, credential }, other.token);
    expect(answer.json()).toMatchObject({ status: 401, code: 'invalid_ticket' });
  });

  test('a login begun before it was added is worthless, and it is on record', async () => {
    const { username, token, authenticator, added } = await withPasskey();
    const { mfaToken } = (await logIn(username)).json<{ mfaToken: string }>();
    const fresh = (await call('/v1/auth/step-up', { code: added.recoveryCodes[0] }, token)).json<{
      accessToken: string;
    }>().accessToken;
    const second = newAuthenticator();
    expect((await add(fresh, second)).status).toBe(201);
    const body = { mfaToken, method: 'recovery_code', code: added.recoveryCodes[1] };
    expect((await call('/v1/auth/login/mfa', body)).json()).toMatchObject({
      code: 'invalid_ticket',
    });
    const path = `/v1/auth/passkeys/${authenticator.credentialId}`;
    const later = await call('/v1/auth/step-up', { code: added.recoveryCodes[2] }, token);
    const { accessToken, ...rest } = later.json<{ accessToken: string }>();
    expect(rest).toMatchObject({ tokenType: 'Bearer' });
    expect((await call(path, undefined, accessToken, 'DELETE')).status).toBe(204);
    const rows = await ledgerRows(fleet, "select * from audit_events where type like 'passkey.%'");
    const types = rows
      .filter(({ subject }) => subject === subjectOf(token))
      .map(({ type }) => type);
    expect(types.toSorted()).toEqual(['passkey.added', 'passkey.added', 'passkey.removed']);
  });

  test('so is one begun before an authenticator app was added', async () => {
    const { username, token, added } = await withPasskey();
    const { mfaToken } = (await logIn(username)).json<{ mfaToken: string }>();
    const stepped = await call('/v1/auth/step-up', { code: added.recoveryCodes[0] }, token);
    const { accessToken } = stepped.json<Tokens>();
    const offered = await call('/v1/auth/mfa/totp', undefined, accessToken);
    const app = new AuthenticatorApp(offered.json<{ secret: string }>().secret);
    const confirmed = await call(
      '/v1/auth/mfa/totp/confirm',
      { code: await app.next() },
      accessToken,
    );
    const { recoveryCodes } = confirmed.json<{ recoveryCodes: string[] }>();
    const body = { mfaToken, method: 'recovery_code', code: recoveryCodes[0] };
    expect((await call('/v1/auth/login/mfa', body)).json()).toMatchObject({
      code: 'invalid_ticket',
    });
  });

  test('with a DPoP proof its tokens are bound to the proof’s key', async () => {
    const { authenticator } = await withPasskey();
    const key = await DpopKey.make();
    const { passkeyToken, options } = await beginLogin();
    const path = '/v1/auth/login/passkey';
    const answer = await send(fleet.other.url + path, {
      headers: {
        'content-type': 'application/json',
        DPoP: await key.proof({ method: 'POST', url: fleet.issuer + path }),
      },
      body: { clientId: 'web', passkeyToken, credential: authenticator.get(options) },
    });
    expect(answer.json()).toMatchObject({ tokenType: 'DPoP' });
    const { accessToken } = answer.json<Tokens>();
    expect(claimsOf(accessToken)).toMatchObject({ cnf: { jkt: key.jkt } });
    expect((await call('/v1/auth/sessions', undefined, accessToken, 'GET')).status).toBe(401);
  });

  test('one passkey is of one account only', async () => {
    const { authenticator } = await withPasskey();
    const { token } = await register();
    expect((await add(token, authenticator)).json()).toMatchObject({ code: 'invalid_code' });
  });

  test('removed, it is of no use, and the password is enough again', async () => {
    const { username, authenticator } = await withPasskey();
    const { accessToken } = (await passkeyLogin(authenticator)).json<Tokens>();
    const path = `/v1/auth/passkeys/${authenticator.credentialId}`;
    expect((await call(path, undefined, accessToken, 'DELETE')).status).toBe(204);
    expect((await call(path, undefined, accessToken, 'DELETE')).json()).toMatchObject({
      code: 'passkey_unknown',
    });
    expect((await passkeyLogin(authenticator)).status).toBe(401);
    expect((await logIn(username)).json()).toHaveProperty('accessToken');
  });
});
