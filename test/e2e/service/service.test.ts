import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { routesServed } from './routes-served.js';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: object }>> };
  readonly responses: Readonly<Record<string, { content?: object }>>;
  readonly security?: readonly object[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

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
      if (path.startsWith('/v1/')) expect(operation.security ?? [], call).not.toEqual([]);
    }
  });

  test('OpenIM’s calls are described with the headers that they want', async () => {
    const openim = (await operations()).filter(({ path }) => /\/(auth|user)\//.test(path));
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

  test('the documentation can be looked at', async () => {
    const page = await get('/docs');

    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1] ?? '';
    const loaded = await send(new URL(script, `${fleet.first.url}/docs`).href, { method: 'GET' });
    expect(loaded.status).toBe(200);
    expect(loaded.headers['content-type']).toContain('javascript');
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
