import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { routesServed } from './routes-served.js';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: object }>> };
  readonly responses: Readonly<Record<string, { content?: object }>>;
  readonly security?: readonly object[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Calls that prove a person, and so want no proof. */
const BEGINS_WITHOUT_A_TOKEN = /^\/v1\/auth\/(register$|login|refresh$|recovery\/)/;

describe.each(PROFILES)('what a broker says of itself, on the %s profile', (profile) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(profile);
  });
  afterAll(() => fleet?.stop());

  const get = (path: string) => send(fleet.first.url + path, { method: 'GET' });
  const document = async () => (await get('/openapi.json')).json<Document>();
  const operations = async () =>
    Object.entries((await document()).paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );

  test('OpenAPI describes every route that is served, and no other', async () => {
    const described = (await operations()).map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );

    expect(described.toSorted()).toEqual(await routesServed());
  });

  test('the document is valid, and names every part of a path', async () => {
    const said = await document();
    const { valid, errors } = await new Validator().validate({ ...said });
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    for (const { path, operation } of await operations()) {
      const inPath = (operation.parameters ?? []).filter(({ in: place }) => place === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name).toSorted(), path).toEqual(named.toSorted());
    }
  });

  test('no call wants a query, and each names a header once', async () => {
    for (const { path, operation } of await operations()) {
      const parameters = operation.parameters ?? [];
      const wanted = parameters.filter(({ in: place, required }) => place === 'query' && required);
      expect(wanted, path).toEqual([]);
      const names = parameters.map(({ in: place, name }) => `${place} ${name.toLowerCase()}`);
      expect(new Set(names).size, path).toBe(names.length);
    }
  });

  test('every call says what its errors look like', async () => {
    const schemaOf = ({ responses }: Operation, status: string, type: string) =>
      (responses[status]?.content as Record<string, { schema?: object }> | undefined)?.[type]
        ?.schema;
    for (const { path, operation } of await operations()) {
      const isOpenim = /^\/(apps\/\{appId\}\/)?(auth|user)\//.test(path);
      const found = isOpenim
        ? schemaOf(operation, '200', 'application/json')
        : path.startsWith('/oauth2/')
          ? schemaOf(operation, 'default', 'application/json')
          : schemaOf(operation, 'default', 'application/problem+json');
      const name = isOpenim
        ? 'OpenimAnswer'
        : path.startsWith('/oauth2/')
          ? 'OAuthError'
          : 'Problem';
      expect(found, path).toEqual({ $ref: `#/components/schemas/${name}` });
    }
  });

  test('calls that take or bind a token of a key say how', async () => {
    for (const { path, operation } of await operations()) {
      const takesOne = (operation.security ?? []).some((each) => 'business' in each);
      const takesBound = (operation.security ?? []).some((each) => 'businessDpop' in each);
      expect(takesBound, path).toBe(takesOne);
      const headers = (operation.parameters ?? []).map(({ name }) => name);
      const binds = /^\/(v1\/auth\/(login(\/mfa|\/passkey)?|refresh)|oauth2\/token)$/.test(path);
      expect(headers.includes('DPoP'), path).toBe(takesOne || binds);
    }
  });

  test('every call says in a line what it does, what it answers and who may make it', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(20);
    expect(new Set(all.map(({ operation }) => operation.operationId)).size).toBe(all.length);
    for (const { path, method, operation } of all) {
      const call = `${method} ${path}`;
      expect(operation.summary ?? '', call).not.toBe('');
      expect(operation.tags ?? [], call).not.toEqual([]);
      expect(Object.keys(operation.responses), call).not.toEqual([]);
      if (method === 'patch') expect(operation.requestBody, call).toBeDefined();
      const isOpen = BEGINS_WITHOUT_A_TOKEN.test(path);
      if (path.startsWith('/v1/') && !isOpen) {
        expect(operation.security ?? [], call).not.toEqual([]);
      }
    }
  });

  test('OpenIM’s calls are described with the headers that they want', async () => {
    const openim = (await operations()).filter(({ path }) =>
      /^\/(apps\/\{appId\}\/)?(auth|user)\//.test(path),
    );
    expect(openim).toHaveLength(14);
    for (const { path, operation } of openim) {
      const headers = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name }) => name);
      const wanted = /(get_admin_token|parse_token)$/.test(path)
        ? ['operationID']
        : ['operationID', 'token'];
      expect(headers.toSorted(), path).toEqual(wanted);
    }
  });

  test.each(['text/plain', 'application/json', 'nonsense'])(
    'the type %s of a body that there is not is not looked at',
    async (type) => {
      const headers = { 'Content-Type': type };
      const answer = await send(`${fleet.first.url}/health/live`, { method: 'GET', headers });
      expect(answer.status).toBe(200);
      const logout = await send(`${fleet.first.url}/v1/auth/logout`, { headers });
      expect(logout.json()).toMatchObject({ status: 401, code: 'missing_token' });
    },
  );

  test('the documentation can be looked at', async () => {
    const page = await get('/docs');

    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1] ?? '';
    const loaded = await send(new URL(script, `${fleet.first.url}/docs`).href, { method: 'GET' });
    expect(loaded.status).toBe(200);
    expect(loaded.headers['content-type']).toContain('javascript');
  });

  test.each([
    ['PUT', '/oauth2/token', 'POST', { error: 'invalid_request' }],
    ['POST', '/health/ready', 'GET, HEAD', { code: 'method_not_allowed' }],
    ['DELETE', '/v1/im/users/alice?x=y', 'GET, HEAD, PATCH', { code: 'method_not_allowed' }],
    ['PATCH', '/v1/apps', 'GET, HEAD, POST', { code: 'method_not_allowed' }],
  ])('%s %s is a wrong method: it takes %s', async (method, path, allowed, said) => {
    const answer = await send(fleet.first.url + path, { method });

    expect([answer.status, answer.headers['allow']]).toEqual([405, allowed]);
    expect(answer.json()).toMatchObject(said);
  });

  test.each(['/', '/v1', '/v1/im/users/', '/v1/im/users/a/b', '/metric'])(
    'there is nothing at %s, whatever the method',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await send(fleet.first.url + path, { method });

        expect([answer.status, answer.headers['allow']]).toEqual([404, undefined]);
        expect(answer.json()).toMatchObject({ code: 'route_unknown' });
      }
    },
  );

  test('it shows numbers of its keys and its process to whoever can reach it', async () => {
    const answer = await get('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');

    const lines = answer.text.split('\n').filter((line) => line !== '');
    const samples = lines.filter((line) => !line.startsWith('#'));
    expect(samples.filter((line) => !line.startsWith('countersign_'))).toEqual([]);
    expect(samples).toContain('countersign_key_rotation_failures_total 0');
    expect(samples).toContain('countersign_key_overdue_seconds{ring="shared"} 0');
    const names = samples.map((line) => /^\w+/.exec(line)?.[0]);
    expect(names).toContain('countersign_process_resident_memory_bytes');
    expect(names).toContain('countersign_nodejs_eventloop_lag_p99_seconds');
    // Every name is explained, and nothing of the installation is told.
    for (const name of new Set(names)) {
      expect(answer.text).toMatch(
        new RegExp(`^# HELP ${name?.replace(/_(bucket|sum|count)$/, '')} `, 'm'),
      );
    }
    expect(answer.text).not.toContain(fleet.appSecret);
  });

  test('it is live, and ready, with each part’s state', async () => {
    expect((await get('/health/live')).json()).toEqual({ status: 'up' });
    const ready = await get('/health/ready');
    const { status, parts } = ready.json<{ status: string; parts: Record<string, object> }>();

    expect(ready.status).toBe(200);
    expect(status).toBe('up');
    const others = profile === 'cluster' ? ['redis'] : [];
    const names = ['clock', 'feed', 'keys', 'ledger', ...others];
    expect(Object.keys(parts).toSorted()).toEqual(names);
    for (const part of Object.values(parts)) expect(part).toEqual({ status: 'up' });
  });
});
