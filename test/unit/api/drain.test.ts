import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { addDrain } from '../../../src/api/drain.hook.js';
import { divertHotCalls } from '../../../src/api/hot-lane.js';

const OPTIONS = { forceCloseConnections: 'idle', return503OnClosing: false } as const;
const PATH = '/auth/parse_token';

/** Longer than the drain waits before it cuts off those to whom no answer is owed. */
const SWEEPS_MS = 300;

test('an answer that the lane owes is waited for, one whose caller went is not', async () => {
  const server = fastify(OPTIONS);
  const lane = fastify(OPTIONS);
  const { promise: answer, resolve: give } = Promise.withResolvers<string>();
  let asked = 0;
  addDrain(server, lane);
  server.post(PATH, () => 'server');
  lane.post(PATH, () => {
    asked += 1;
    return answer;
  });
  await lane.ready();
  divertHotCalls(server, lane);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });

  const gone = new AbortController();
  const post = (signal?: AbortSignal) =>
    fetch(url + PATH, { method: 'POST', ...(signal === undefined ? {} : { signal }) });
  const waiting = post();
  const leaving = post(gone.signal);
  await expect.poll(() => asked).toBe(2);
  gone.abort();
  await expect(leaving).rejects.toThrow();

  const closed = server.close();
  await sleep(SWEEPS_MS);
  give('late');
  expect(await (await waiting).text()).toBe('late');
  await closed;
});
