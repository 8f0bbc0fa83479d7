import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;

/**
 * Lets the server end as soon as what is under way has been answered: from the moment that it
 * closes, answers end their connections, and once none is owed, whoever stays connected is cut off.
 * Without this a client that keeps its connection open keeps the server.
 */
export function addDrain(server: FastifyInstance): void {
  let owed = 0;
  let closing = false;
  server.addHook('onRequest', (_request, reply, done) => {
    owed += 1;
    // Of an answer that was finished and of one whose caller went away alike.
    reply.raw.once('close', () => (owed -= 1));
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('preClose', (done) => {
    closing = true;
    const sweep = setInterval(() => {
      server.server.closeIdleConnections();
      if (owed === 0) server.server.closeAllConnections();
    }, SWEEP_MS);
    server.server.once('close', () => clearInterval(sweep));
    done();
  });
}
