import { decodeJwt, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { OpenidProvider, providerKey } from '../../../support/openid-provider.js';
import { TrustSetting } from './trust-setting.js';

const MINUTE = 60_000;

let first: JWK;
let second: JWK;
let provider: OpenidProvider;
beforeAll(async () => {
  [first, second] = await Promise.all([providerKey('first'), providerKey('second')]);
  provider = await OpenidProvider.start([first]);
});
afterAll(() => provider?.stop());

let setting: TrustSetting;
beforeEach(async () => {
  provider.useKeys([first]);
  provider.isOut = false;
  provider.jwksRequests = 0;
  setting = new TrustSetting(Date.now());
  await setting.trust({ issuer: provider.issuer, jwksUrl: provider.jwksUrl });
});

const check = (token: string) => setting.check.check('default', token);
const refusedAs = (why: string) =>
  expect.objectContaining({
    code: 'invalid_grant',
    detail: expect.stringContaining(why) as string,
  });

test('who signed in there is a person here, under the issuer’s name', async () => {
  const { idToken } = await provider.signIn('alice');
  expect(await check(idToken)).toEqual({
    appId: 'default',
    userId: 'acme/alice',
    clientId: '',
    deviceId: '',
    authTime: decodeJwt(idToken)['auth_time'],
  });
});

test('an access token that is meant for the app (RFC 9068) is as good', async () => {
  const { accessToken } = await provider.signIn('alice');
  await expect(check(accessToken)).rejects.toEqual(refusedAs('not trusted'));
  const { issuer, jwksUrl, resource } = provider;
  await setting.trust({ issuer, jwksUrl, audience: resource, name: 'api' });
  expect((await check(accessToken)).userId).toBe('api/alice');
});

test.each(['RS256', 'PS256', 'Ed25519', 'ES384'])('it may sign with %s', async (alg) => {
  provider.useKeys([await providerKey('other', alg)]);
  expect((await check((await provider.signIn('alice')).idToken)).userId).toBe('acme/alice');
});

test('when it begins to sign with another key, that is found', async () => {
  const before = await provider.signIn('alice');
  await check(before.idToken);
  provider.useKeys([second, first]);
  setting.clock.advance(MINUTE);

  const after = await provider.signIn('bob');
  expect((await check(after.idToken)).userId).toBe('acme/bob');
  expect((await check(before.idToken)).userId).toBe('acme/alice');
  expect(provider.jwksRequests).toBe(2);
});

test('when it has removed a key, tokens of that are refused after five minutes', async () => {
  const { idToken } = await provider.signIn('alice');
  await check(idToken);
  provider.useKeys([second]);

  setting.clock.advance(5 * MINUTE - 1);
  await check(idToken);
  setting.clock.advance(1);
  await expect(check(idToken)).rejects.toEqual(refusedAs('no such key'));
});

test('another key under the id of a removed one is another key', async () => {
  const { idToken } = await provider.signIn('alice');
  await check(idToken);
  provider.useKeys([await providerKey('first')]);
  setting.clock.advance(5 * MINUTE);
  await expect(check(idToken)).rejects.toEqual(refusedAs('signature'));
  expect((await check((await provider.signIn('alice')).idToken)).userId).toBe('acme/alice');
});

test('while its JWKS can not be had, keys are good for their five minutes and no longer', async () => {
  const { idToken } = await provider.signIn('alice');
  await check(idToken);
  provider.isOut = true;

  setting.clock.advance(5 * MINUTE - 1);
  expect((await check(idToken)).userId).toBe('acme/alice');
  setting.clock.advance(1);
  await expect(check(idToken)).rejects.toMatchObject({ code: 'issuer_unavailable' });
  expect(setting.warnings.join('\n')).toContain('503');
  expect(setting.warnings.join('\n')).not.toContain(idToken.split('.')[1]);

  provider.isOut = false;
  setting.clock.advance(5000);
  expect((await check(idToken)).userId).toBe('acme/alice');
});

test('a token is refused a minute after it has expired, not before', async () => {
  const { idToken } = await provider.signIn('alice');
  const { exp = 0 } = decodeJwt(idToken);
  setting.clock.jumpTo((exp + 59) * 1000);
  expect((await check(idToken)).userId).toBe('acme/alice');
  setting.clock.jumpTo((exp + 60) * 1000);
  await expect(check(idToken)).rejects.toEqual(refusedAs('expired'));
});

test('when it is trusted no more, its tokens are refused at once', async () => {
  const { idToken } = await provider.signIn('alice');
  await check(idToken);
  const [row] = setting.rows;
  await setting.change({ ...row!, removedAt: 1 });
  await expect(check(idToken)).rejects.toEqual(refusedAs('not trusted'));
});

test('when another address is named for its keys, those of the former are not used', async () => {
  const { idToken } = await provider.signIn('alice');
  await check(idToken);
  const [row] = setting.rows;
  await setting.change({ ...row!, jwksUrl: 'http://127.0.0.1:1/jwks' });
  await expect(check(idToken)).rejects.toMatchObject({ code: 'issuer_unavailable' });
});

test('an issuer that another broker has just added is known', async () => {
  const { idToken } = await provider.signIn('alice');
  const [row] = setting.rows;
  setting.rows = [];
  await setting.reload();
  setting.rows = [row!];
  expect((await check(idToken)).userId).toBe('acme/alice');
  expect(setting.readings).toBe(1);
});
