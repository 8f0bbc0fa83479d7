import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Broker } from '../../src/broker.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { Fleet } from './broker-fleet.js';
import { REPOSITORY } from './repository.js';
import { silentLog } from './silent-log.js';

/** Does something to an installation's ledger beside its brokers, as an operator's command does. */
export async function asOperator<T>(
  { settings }: Pick<Fleet, 'settings'>,
  work: (broker: Broker) => Promise<T>,
): Promise<T> {
  // As it is built: its threads are of JavaScript.
  const path = pathToFileURL(join(REPOSITORY, 'dist/broker.js')).href;
  const { createBroker } = (await import(path)) as typeof import('../../src/broker.js');
  const broker = await createBroker(loadConfig({ env: settings }), silentLog);
  try {
    await broker.start();
    const result = await work(broker);
    await broker.untilKnown();
    return result;
  } finally {
    await broker.stop();
  }
}
