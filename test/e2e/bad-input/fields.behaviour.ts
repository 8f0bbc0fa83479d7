import { describe, expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { type BadSetting, call } from './bad-setting.js';
import { ENDPOINTS, withField } from './endpoints.js';
import { expectNoInnerText, expectRefused } from './expect-clean.js';

export function fieldsBehaviour(setting: BadSetting): void {
  describe.each(ENDPOINTS)('$method $path', (endpoint) => {
    for (const [field, values] of Object.entries(endpoint.fields)) {
      // One test a field: a failure names the value by the label in its message.
      test(`refuses a ${field} that is not right`, async () => {
        expect(values.length).toBeGreaterThan(0);
        for (const [what, value] of values) {
          const body = withField(endpoint.body, field, value);
          const answer = await call(setting(), endpoint, body);
          const name = field.split('.').find((step) => !/^\d$/.test(step));
          try {
            expectRefused(endpoint.dialect, answer, name);
          } catch (cause) {
            throw new Error(
              `${field} ${what}: HTTP ${answer.status} ${answer.text.slice(0, 300)}`,
              {
                cause,
              },
            );
          }
        }
      });
    }
  });

  test.each([
    ['empty', '', 404],
    ['of 65 characters', 'x'.repeat(65), 400],
    ['of 300 characters', 'x'.repeat(300), 400],
    ['of 5000 characters', 'x'.repeat(5000), 400],
    ['with a NUL', 'a%00b', 400],
    ['with a line end', 'a%0ab', 400],
    ['that is no UTF-8', '%E0%A4%A', 400],
    ['with half a surrogate pair', '%ED%A0%BD', 400],
  ])('refuses a user id in the path that is %s', async (_what, path, status) => {
    const { fleet, admin } = setting();
    const client = new NativeClient(fleet.first.url, admin);
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { role: '' }],
    ] as const) {
      const answer = await client.send(method, `/v1/im/users/${path}`, body);

      expectNoInnerText(answer);
      expect(problemOf(answer).status).toBe(status);
      expect(answer.status).toBe(status);
    }
  });

  test.each(['%00', '%E0%A4%A', '__proto__', 'x'.repeat(300), 'no-such-app'])(
    'answers in OpenIM’s envelope for an app that cannot be: %s',
    async (appId) => {
      const { fleet, admin } = setting();
      const client = new NativeClient(fleet.first.url, admin);
      for (const path of ['auth/get_admin_token', 'auth/parse_token', 'user/account_check']) {
        const body = { secret: 'x', userID: 'imAdmin', token: 'x', checkUserIDs: ['a'] };
        const headers = { Operationid: '1', Token: admin };
        const answer = await client.send('POST', `/apps/${appId}/${path}`, body, headers);

        expectNoInnerText(answer);
        expect(answer.status).toBe(200);
        expect(answer.json<{ errCode: number }>().errCode).toBeGreaterThan(1000);
      }
    },
  );

  test.each(['default', '__proto__', '%00', 'x'.repeat(80)])(
    'an app’s secret is not found under %s',
    async (appId) => {
      const { fleet, admin } = setting();
      const client = new NativeClient(fleet.first.url, admin);
      for (const id of ['sec_unknown', '__proto__', '%00', 'x'.repeat(90)]) {
        const answer = await client.send('DELETE', `/v1/apps/${appId}/secrets/${id}`);

        expectNoInnerText(answer);
        expect(problemOf(answer).status).toBe(404);
      }
    },
  );
}
