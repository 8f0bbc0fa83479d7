import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

interface Built {
  readonly broker: typeof import('../../../src/broker.js');
  readonly server: typeof import('../../../src/http-server.js');
  readonly config: typeof import('../../../src/config/load-config.js');
}

/** What is not the API's: the pages of the documentation, and what Fastify adds by itself. */
const NOT_OURS = /^(?:HEAD|OPTIONS) |^GET \/(?:docs|openapi\.json)/;

/**
 * Every route that the built program serves, as `METHOD /path/:parameter`, sorted: not as it
 * describes them, but as they were registered with the HTTP server.
 */
export async function routesServed(): Promise<string[]> {
  const built = await load();
  const directory = await mkdtemp(join(tmpdir(), 'countersign-routes-'));
  const log = pino({ level: 'silent' });
  const config = built.config.loadConfig({ env: { DATA_DIR: directory, LOG_LEVEL: 'silent' } });
  const broker = await built.broker.createBroker(config, log);
  const app = await built.server.createHttpServer(broker, log);
  try {
    const tree = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    return routesOf(tree)
      .filter((route) => !NOT_OURS.test(route))
      .toSorted();
  } finally {
    await app.close();
    await broker.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of the program as it is run, not of its source: decorators need its compiler's metadata. */
async function load(): Promise<Built> {
  const dist = (file: string): string => new URL(`../../../dist/${file}`, import.meta.url).href;
  await import('reflect-metadata');
  return {
    broker: (await import(dist('broker.js'))) as Built['broker'],
    server: (await import(dist('http-server.js'))) as Built['server'],
    config: (await import(dist('config/load-config.js'))) as Built['config'],
  };
}

/** Reads Fastify's picture of its routes: `├── /path (GET, HEAD)`, four characters a level. */
function routesOf(tree: string): string[] {
  const stack: string[] = [];
  const routes: string[] = [];
  for (const line of tree.split('\n')) {
    const found = /^([\s│]*)[├└]── (\S*)(?: \(([A-Z, -]+)\))?/.exec(line);
    if (found === null) continue;
    const [, indent = '', segment = '', methods] = found;
    const depth = indent.length / 4;
    stack.length = depth;
    stack.push(segment);
    const path = stack.join('');
    for (const method of methods?.split(', ') ?? []) routes.push(`${method} ${path}`);
  }
  return [...new Set(routes)];
}
