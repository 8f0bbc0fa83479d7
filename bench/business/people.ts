import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../test/support/server-process.js';
import type { StartFloor } from '../floors/floor-process.js';
import type { Endings } from '../processes/endings.js';
import { NodeProcess } from '../processes/node-process.js';

async function start(name: string, endings: Endings): Promise<[NodeProcess, string]> {
  const directory = await temporaryDirectory(`bench-${name}`);
  const script = [fileURLToPath(new URL(`./${name}-process.js`, import.meta.url))];
  const process = new NodeProcess({ script, logFile: join(directory, `${name}.log`) });
  endings.addProcess(process, directory);
  return [process, directory];
}

/** The process that makes the load. */
export async function startPeople(endings: Endings): Promise<NodeProcess> {
  const [people] = await start('people', endings);
  return people;
}

export interface BusinessFloor {
  /** `host:port`. */
  readonly host: string;
  readonly process: NodeProcess;
}

/** The floors of a profile, on the same Node as the broker. */
export async function startBusinessFloor(
  stores: Omit<StartFloor, 'directory'>,
  endings: Endings,
): Promise<BusinessFloor> {
  const [process, directory] = await start('floor', endings);
  const host = await process.call<string>('start', { ...stores, directory });
  return { host, process };
}
