import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** What had arrived when the server was asked to close is read within this time. */
const LISTEN_ON_MS = 100;
const SWEEP_MS = 50;

/**
 * Lets the server end well, and as soon as it can: it reads on for a moment, so that requests on
 * their way are not cut off; from then on answers end their connections, and once none is owed,
 * whoever stays connected is cut off. Without this a client that keeps its connection open would
 * keep the server.
 *
 * `lane` answers some of the server's requests. Both must have `return503OnClosing: false`, or they
 * turn away what is read meanwhile.
 */
export function addDrain(server: FastifyInstance, lane: FastifyInstance): void {
  let owed = 0;
  let closing = false;
  // Of an answer that was finished and of one whose caller went away alike.
  const settle = () => {
    owed -= 1;
  };
  for (const each of [server, lane]) {
    each.addHook('onRequest', (_request, reply, done) => {
      owed += 1;
      reply.raw.on('close', settle);
      if (closing) void reply.header('connection', 'close');
      done();
    });
  }
  server.addHook('preClose', async () => {
    closing = true;
    await sleep(LISTEN_ON_MS);
    const sweep = setInterval(() => {
      server.server.closeIdleConnections();
      if (owed === 0) server.server.closeAllConnections();
    }, SWEEP_MS);
    server.server.once('close', () => clearInterval(sweep));
  });
}
