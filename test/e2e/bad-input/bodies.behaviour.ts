import { describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { type BadSetting, call } from './bad-setting.js';
import { ENDPOINTS } from './endpoints.js';
import { expectNoInnerText, expectRefused } from './expect-clean.js';

const NO_OBJECTS: readonly (readonly [string, string])[] = [
  ['an open brace', '{'],
  ['a text', '"text"'],
  ['a number', '1'],
  ['true', 'true'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a list of objects', '[{}]'],
  ['a trailing comma', '{"a":1,}'],
  ['two objects', '{}{}'],
  ['NaN', '{"userID":NaN}'],
  ['a form', 'userID=a&platformID=1'],
  ['XML', '<userID>a</userID>'],
  ['blanks', '   '],
  ['an own __proto__', '{"__proto__":{"userID":"a","userId":"a","platformId":1}}'],
  ['a constructor with a prototype', '{"constructor":{"prototype":{"userId":"a"}}}'],
  ['a hundred thousand open lists', '['.repeat(100_000)],
];

/** Paths that can be read, too. */
const IS_READ_TOO =
  /^\/v1\/(apps|im\/users\/\w+|apps\/default\/(clients|trusted-issuers)|auth\/passkeys)$/;

const TEN_MEGABYTES = `{"x":"${'a'.repeat(10_000_000)}"}`;
const DEEP = `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
const LONG_NAME = `{"${'n'.repeat(1_000_000)}":1}`;

export function bodiesBehaviour(setting: BadSetting): void {
  describe.each(ENDPOINTS)('$method $path', (endpoint) => {
    const { dialect } = endpoint;
    // Where everything is optional, an empty object, and so nothing at all, is a request.
    const takesNothing = /\/(secrets|rotate)$/.test(endpoint.path);

    test('refuses a body that is no JSON object', async () => {
      for (const [what, body] of NO_OBJECTS) {
        if (takesNothing && what === 'null') continue;
        const answer = await call(setting(), endpoint, body);
        try {
          expectRefused(dialect, answer);
        } catch (cause) {
          throw new Error(`${what}: HTTP ${answer.status} ${answer.text.slice(0, 300)}`, { cause });
        }
      }
    });

    test('refuses no body at all, where it needs one', async () => {
      for (const body of ['', undefined]) {
        const answer = await call(setting(), endpoint, body);
        if (takesNothing) {
          // Two secrets are the most: the first of these calls may have made the second one.
          expect([201, 409]).toContain(answer.status);
        } else expectRefused(dialect, answer);
      }
    });

    test('refuses ten megabytes', async () => {
      const answer = await call(setting(), endpoint, TEN_MEGABYTES);

      expectRefused(dialect, answer, undefined, 413);
      expect(setting().fleet.first.isRunning).toBe(true);
    });

    test('is not upset by deep nesting or a name without end', async () => {
      for (const body of [DEEP, LONG_NAME]) {
        const answer = await call(setting(), endpoint, body);
        expectRefused(dialect, answer);
      }
    });

    test('does not take the wrong method, and says which it takes', async () => {
      const { fleet, admin } = setting();
      const client = new NativeClient(fleet.first.url, admin);
      for (const method of ['PUT', 'DELETE', 'GET']) {
        if (method === 'GET' && IS_READ_TOO.test(endpoint.path)) continue;
        const answer = await client.send(method, endpoint.path, undefined, { Operationid: '1' });

        expectRefused(dialect, answer, 'method', 405);
        expect(answer.headers['allow']?.split(', ')).toContain(endpoint.method);
        expect(answer.headers['allow']).not.toContain(method);
      }
    });
  });

  test.each(ENDPOINTS.filter(({ dialect }) => dialect === 'native'))(
    '$method $path takes JSON only, however it is labelled',
    async (endpoint) => {
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'x'];
      for (const type of types) {
        const body = type.includes('form') ? 'token=a&id=formed' : endpoint.body;
        const answer = await call(setting(), endpoint, body, { 'Content-Type': type });

        expectRefused('native', answer, undefined, 415);
      }
    },
  );

  test.each(ENDPOINTS.filter(({ dialect }) => dialect === 'openim'))(
    '$path reads JSON whatever the Content-Type says, as OpenIM does',
    async (endpoint) => {
      const codes: unknown[] = [];
      for (const type of [undefined, 'application/json', 'text/plain', 'application/xml', 'x']) {
        const headers = type === undefined ? {} : { 'Content-Type': type };
        // Twice the same: registering has its second answer from the first call on.
        const answer = await call(setting(), endpoint, endpoint.body, headers);
        const { errCode } = answer.json<{ errCode: number }>();
        codes.push(errCode === 1102 ? 0 : errCode);
      }

      expect(new Set(codes).size).toBe(1);
      expect(codes[0]).not.toBe(1001);
    },
  );

  test('a native call with a field that there is not is refused: it may be misspelt', async () => {
    for (const endpoint of ENDPOINTS.filter(({ dialect }) => dialect === 'native')) {
      const body = { ...endpoint.body, deviceID: 'x' };
      expectRefused('native', await call(setting(), endpoint, body), 'deviceID');
    }
  });

  test('an OpenIM call with a field that there is not is taken: newer callers send more', async () => {
    const endpoint = { dialect: 'openim', method: 'POST', path: '/auth/get_user_token' } as const;
    const body = { platformID: 1, userID: 'more', secret: 'x', constructor: 1 };
    const answer = await call(setting(), endpoint, body);

    expect(answer.json()).toMatchObject({ errCode: 0 });
  });

  test('a path that nobody serves is not found, and says no more', async () => {
    const { fleet } = setting();
    for (const path of ['/', '/nothing', '/auth/nothing', '/v1/nothing', '/apps/x/y', '/%', '//']) {
      for (const method of ['GET', 'POST']) {
        const answer = await send(fleet.first.url + path, { method, body: '{}' });

        expectNoInnerText(answer);
        expect([400, 404]).toContain(problemOf(answer).status);
      }
    }
  });
}
