import type { FastifyInstance, RouteOptions } from 'fastify';
import { BrokerError } from '../common/errors.js';

interface Route {
  /** Of its path, in turn; one that begins with a colon stands for any. */
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

/**
 * Answers a wrong method of a path that is served with 405 and the right ones (RFC 9110 §15.5.6),
 * in the dialect of the path. To be added before the routes are: it goes by what is registered.
 */
export function addMethodHook(server: FastifyInstance): void {
  const routes: Route[] = [];
  server.addHook('onRoute', ({ url, method }: RouteOptions) => {
    // What takes any path says nothing of one.
    if (!url.includes('*')) routes.push({ segments: url.split('/'), methods: [method].flat() });
  });
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const [path = ''] = request.url.split('?');
    const segments = path.split('/');
    const here = routes.filter((route) => leadsTo(route, segments));
    const allowed = new Set(here.flatMap(({ methods }) => methods));
    if (allowed.size === 0) return done();
    void reply.header('allow', [...allowed].toSorted().join(', '));
    done(new BrokerError('method_not_allowed', 'this path does not take that method'));
  });
}

function leadsTo({ segments }: Route, wanted: readonly string[]): boolean {
  return (
    segments.length === wanted.length &&
    segments.every((segment, n) =>
      segment.startsWith(':') ? wanted[n] !== '' : segment === wanted[n],
    )
  );
}
