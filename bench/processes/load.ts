import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../test/support/server-process.js';
import type { MintCall, RunCall, SignInCall } from '../load/load-process.js';
import type { LoadResult } from '../load/run-load.js';
import type { Endings } from './endings.js';
import { NodeProcess } from './node-process.js';

const SCRIPT = fileURLToPath(new URL('../load/load-process.js', import.meta.url));

/** The process that makes the load, seen from the benchmark. */
export class Load {
  private constructor(readonly process: NodeProcess) {}

  static async start(endings: Endings): Promise<Load> {
    const directory = await temporaryDirectory('bench-load');
    const process = new NodeProcess({ script: [SCRIPT], logFile: join(directory, 'load.log') });
    endings.addProcess(process, directory);
    return new Load(process);
  }

  /** Gets an admin token, which all that follows uses. */
  signIn(call: SignInCall): Promise<void> {
    return this.process.call('signIn', call);
  }

  /** Mints for members; their tokens are those to check from then on. Resolves with their number. */
  mint(call: MintCall): Promise<number> {
    return this.process.call('mint', call);
  }

  /** Revokes all that as many members have, each by a revocation of its own. */
  revoke(call: MintCall): Promise<void> {
    return this.process.call('revoke', call);
  }

  /** Ends all runs at once; what they have measured until then is their result. */
  stopRuns(): Promise<void> {
    return this.process.call('stop');
  }

  run(call: RunCall): Promise<LoadResult> {
    return this.process.call('run', call);
  }
}
