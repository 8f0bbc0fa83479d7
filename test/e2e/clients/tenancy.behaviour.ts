import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import {
  clientsOf,
  type ClientsSetting,
  issuerNamed,
  issuersOf,
  loginWith,
  newClient,
  newIssuer,
} from './clients-setting.js';

export function tenancyBehaviour(setting: ClientsSetting): void {
  const calls = (appId: string): readonly [string, string, object | undefined][] => [
    ['GET', `/v1/apps/${appId}/clients`, undefined],
    ['POST', `/v1/apps/${appId}/clients`, { type: 'public' }],
    ['POST', `/v1/apps/${appId}/clients/web/secrets`, undefined],
    ['DELETE', `/v1/apps/${appId}/clients/web`, undefined],
    ['GET', `/v1/apps/${appId}/trusted-issuers`, undefined],
    ['POST', `/v1/apps/${appId}/trusted-issuers`, issuerNamed('foreign')],
    ['DELETE', `/v1/apps/${appId}/trusted-issuers/iss_1`, undefined],
  ];

  test('they are the operator’s to manage: no app may, not even its own', async () => {
    const { tenant } = setting();
    for (const [method, path, body] of [...calls('tenant'), ...calls('default')]) {
      const problem = problemOf(await tenant.send(method, path, body));
      expect(problem, `${method} ${path}`).toMatchObject({
        ...{ status: 403, code: 'insufficient_scope' },
      });
    }
    for (const [method, path, body] of calls('default')) {
      const answer = await new NativeClient(tenant.url).send(method, path, body);
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'missing_token' });
    }
  });

  test('nor is an operator’s token without the scope enough', async () => {
    const { fleet } = setting();
    const token = await adminToken(fleet.first.url, fleet.appSecret, 'default', 'keys:write');
    const caller = new NativeClient(fleet.first.url, token);
    for (const [method, path, body] of calls('default')) {
      expect(problemOf(await caller.send(method, path, body)).code).toBe('insufficient_scope');
    }
  });

  test('what is one app’s is not found under another', async () => {
    const { first } = setting();
    await newClient(first, { id: 'tenants-own', type: 'confidential' }, 'tenant');
    const { id } = await newIssuer(first, issuerNamed('tenants'), 'tenant');

    expect((await clientsOf(first)).map(({ appId }) => appId)).not.toContain('tenant');
    expect((await issuersOf(first)).map(({ appId }) => appId)).not.toContain('tenant');
    const own = '/v1/apps/default';
    for (const [method, path, code] of [
      ['POST', `${own}/clients/tenants-own/secrets`, 'client_not_found'],
      ['DELETE', `${own}/clients/tenants-own`, 'client_not_found'],
      ['DELETE', `${own}/trusted-issuers/${id}`, 'trusted_issuer_unknown'],
    ] as const) {
      expect(problemOf(await first.send(method, path))).toMatchObject({ status: 404, code });
    }
    const kept = [...(await clientsOf(first, 'tenant')), ...(await issuersOf(first, 'tenant'))];
    expect(kept.filter(({ removedAt }) => removedAt !== null)).toEqual([]);
  });

  test('an id is taken for all apps, and leads to the accounts of its own', async () => {
    const { first } = setting();
    await newClient(first, { id: 'far-away', type: 'public' }, 'tenant');
    const answer = await first.send('POST', '/v1/apps/default/clients', {
      ...{ id: 'far-away', type: 'public' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'client_exists' });
    // The account that can log in is of the app `default`.
    expect(await loginWith(first, 'far-away')).toMatchObject({
      ...{ status: 401, code: 'invalid_login' },
    });
  });

  test('an app that there is not has neither', async () => {
    const { first } = setting();
    for (const appId of ['no-such-app', '__proto__', '%00', 'x'.repeat(80)]) {
      for (const [method, path, body] of calls(appId)) {
        const problem = problemOf(await first.send(method, path, body));
        expect(problem, `${method} ${path}`).toMatchObject({ status: 404, code: 'app_unknown' });
      }
    }
  });
}
