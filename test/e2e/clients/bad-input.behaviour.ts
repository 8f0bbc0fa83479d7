import { describe, expect, test } from 'vitest';
import { problemOf } from '../../support/broker-native.js';
import { clientsOf, type ClientsSetting, issuerNamed, issuersOf } from './clients-setting.js';

/** What a user id may be made of is told nowhere but in the template, so it is looked at closely. */
const BAD_TEMPLATES: readonly [what: string, template: unknown][] = [
  ['no text', 5],
  ['empty', ''],
  ['without an id', '{name}/'],
  ['with the id twice', '{id}/{id}'],
  ['with the name twice', '{name}/{name}/{id}'],
  ['with a placeholder that there is not', '{name}/{email}/{id}'],
  ['with a brace too many', '{name}/{{id}'],
  ['that puts name and id together', '{name}{id}'],
  ['that puts them together by a hyphen', '{name}-{id}'],
  ['that puts them together the other way round', '{id}x{name}'],
  ['with a line end', '{name}\n{id}'],
  ['with half a surrogate pair', '{name}/\ud83d{id}'],
  ['that leaves no room for an id', `{name}/${'x'.repeat(64)}{id}`],
];

const BAD_URLS: readonly [what: string, url: unknown][] = [
  ['no text', 5],
  ['empty', ''],
  ['no URL', 'acme'],
  ['in clear', 'http://acme.example'],
  ['in clear, at a name that only looks local', 'http://localhost.acme.example'],
  ['in clear, at an address that only looks local', 'http://127.0.0.1.acme.example'],
  ['of another scheme', 'ftp://acme.example'],
  ['without a host', 'https://'],
  ['with a blank before it', ' https://acme.example'],
  ['with a blank in it', 'https://acme.example/a b'],
  ['with a line end', 'https://acme.example\n'],
  ['with a fragment', 'https://acme.example/#keys'],
  ['with a backslash', 'https:\\\\acme.example'],
  ['with a password', 'https://user:word@acme.example'],
  ['with a user', 'https://user@acme.example'],
  ['of 2001 characters', `https://acme.example/${'x'.repeat(1980)}`],
];

export function badInputBehaviour(setting: ClientsSetting): void {
  /** Adds an issuer with one field wrong; returns the problem. */
  const added = async (field: string, value: unknown) => {
    const body = { ...issuerNamed('bad-input'), [field]: value };
    return problemOf(await setting().first.send('POST', '/v1/apps/default/trusted-issuers', body));
  };

  test.each(BAD_TEMPLATES)('a template %s is refused', async (_what, template) => {
    const problem = await added('userIdTemplate', template);
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.detail).toContain('userIdTemplate');
  });

  describe.each(['issuer', 'jwksUrl'])('an %s', (field) => {
    test.each(BAD_URLS)('%s is refused', async (_what, url) => {
      const problem = await added(field, url);
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problem.detail).toContain(field);
      expect(problem.detail).not.toContain('word');
    });
  });

  test.each([
    ['name', ['', 'Acme', 'a/b', '-acme', 'x'.repeat(64), null, 5]],
    ['audience', ['', 'a\nb', 'x'.repeat(501), null, ['chat']]],
    ['userIdClaim', ['', 'a\u0000', 'x'.repeat(501), null, 5]],
    ['mayNameAnyUser', [null, 'true', 1]],
    ['unknown', ['field']],
  ])('a %s that is not right is refused', async (field, values) => {
    for (const value of values) {
      const problem = await added(field, value);
      expect(problem, JSON.stringify(value)).toMatchObject({
        ...{ status: 400, code: 'invalid_request' },
      });
      expect(problem.detail).toContain(field);
    }
  });

  test.each(['name', 'issuer', 'jwksUrl', 'audience'])('an issuer needs its %s', async (field) => {
    const problem = await added(field, undefined);
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.detail).toContain(field);
  });

  test('nothing of all that was taken', async () => {
    const names = (await issuersOf(setting().first)).map(({ name }) => name);
    expect(names).not.toContain('bad-input');
  });

  test.each([
    ['id', ['', 'Client', 'c_1', 'c/d', '-c', 'c'.repeat(64), null, 5, ['c']]],
    ['name', ['', 'x'.repeat(201), 'a\u0000', null, 5]],
    ['type', [undefined, '', 'secret', 'PUBLIC', null, 5]],
    ['requiresDpop', [null, 'true', 1]],
    ['clientSecret', ['of one’s own']],
  ])('a client with a %s that is not right is not made', async (field, values) => {
    const { first } = setting();
    for (const value of values) {
      const body = { id: 'bad-input', type: 'public', [field]: value };
      const problem = problemOf(await first.send('POST', '/v1/apps/default/clients', body));
      expect(problem, JSON.stringify(value)).toMatchObject({
        ...{ status: 400, code: 'invalid_request' },
      });
      expect(problem.detail).toContain(field);
    }
    expect((await clientsOf(first)).map(({ clientId }) => clientId)).not.toContain('bad-input');
  });

  test('clients that there can’t be are not found', async () => {
    const { first } = setting();
    for (const id of ['__proto__', '%00', 'x'.repeat(90), 'Web']) {
      const path = `/v1/apps/default/clients/${id}`;
      for (const answer of [
        await first.send('POST', `${path}/secrets`),
        await first.send('DELETE', path),
      ]) {
        expect(problemOf(answer)).toMatchObject({ status: 404, code: 'client_not_found' });
      }
    }
  });
}
