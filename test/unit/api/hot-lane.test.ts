import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { divertHotCalls } from '../../../src/api/hot-lane.js';

const CALLS = [
  '/auth/parse_token',
  '/auth/get_user_token',
  '/apps/:appId/auth/parse_token',
  '/apps/:appId/auth/get_user_token',
  '/v1/im/tokens',
];

let server: FastifyInstance;
let url: string;

function serving(name: string): FastifyInstance {
  const instance = fastify();
  for (const path of CALLS) instance.all(path, () => name);
  return instance;
}

beforeEach(async () => {
  server = serving('server');
  const lane = serving('lane');
  await lane.ready();
  divertHotCalls(server, lane);
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

const answering = async (path: string, method = 'POST') =>
  (await fetch(url + path, { method })).text();

test.each(CALLS.map((path) => path.replace(':appId', 'my-App_1')))(
  'POST %s goes to the lane',
  async (path) => {
    expect(await answering(path)).toBe('lane');
  },
);

test.each([
  ['another method', '/auth/parse_token', 'GET'],
  ['a query', '/auth/parse_token?a=b', 'POST'],
  ['an escape', '/apps/a%62/auth/parse_token', 'POST'],
  ['an app id longer than any', `/apps/${'a'.repeat(65)}/auth/parse_token`, 'POST'],
])('a hot call with %s stays with the server', async (_, path, method) => {
  expect(await answering(path, method)).toBe('server');
});
