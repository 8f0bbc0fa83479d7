import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../test/support/server-process.js';
import type { StartFloor } from '../floors/floor-process.js';
import { NodeProcess } from './node-process.js';

const SCRIPT = fileURLToPath(new URL('../floors/floor-process.js', import.meta.url));

export interface RunningFloor {
  /** `host:port`. */
  readonly host: string;
  readonly directory: string;
  readonly process: NodeProcess;
}

/** Starts the floors of a profile, on the same Node as the broker. */
export async function startFloor(stores: Omit<StartFloor, 'directory'>): Promise<RunningFloor> {
  const directory = await temporaryDirectory('bench-floor');
  const floor = new NodeProcess({ script: [SCRIPT], logFile: join(directory, 'floor.log') });
  const host = await floor.call<string>('start', { ...stores, directory } satisfies StartFloor);
  return { host, directory, process: floor };
}
