import 'reflect-metadata';
import type { Logger } from 'pino';
import { createBroker } from './broker.js';
import { ConfigError } from './config/config-problem.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { createHttpServer } from './http-server.js';
import { createLogger } from './log.js';
import { welcome } from './welcome.js';

/** How long requests under way may take to end once the process was asked to stop. */
const DRAIN_MS = 10_000;

async function serve(config: Config, logger: Logger): Promise<void> {
  const broker = await createBroker(config, logger);
  await broker.start();
  const app = await createHttpServer(broker, logger);

  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping: no new connections, what is under way is finished');
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    void app
      .close()
      .then(() => broker.stop())
      .then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  await app.listen(config.server.port, config.server.host);
  logger.info({ profile: config.profile, url: config.server.publicUrl }, 'Countersign is serving');
  const { secrets } = broker;
  // Once, by the first start that got this far.
  if (secrets.generatedAt !== undefined && secrets.firstGreeting()) {
    process.stdout.write(welcome(config, secrets.appSecret, secrets.generatedAt));
  }
}

function fail(error: unknown, logger?: Logger): never {
  if (error instanceof ConfigError || logger === undefined) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  } else {
    logger.fatal({ err: error }, 'the broker could not start');
  }
  process.exit(1);
}

let logger: Logger | undefined;
try {
  const config = loadConfig();
  logger = createLogger(config);
  await serve(config, logger);
} catch (error) {
  fail(error, logger);
}
