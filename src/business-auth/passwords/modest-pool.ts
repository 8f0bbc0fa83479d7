import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * As `nice 19` gives: a seventieth of the weight of the threads that serve. On one core that checks
 * alone would fill, people still log in.
 */
const NICENESS = 19;
const POOL_THREAD = /^libuv-worker/;

/**
 * Lets the threads of libuv's pool, on which passwords are hashed, stand back behind the main
 * thread where processors are few: a check then waits for no hash's time slice. What else the pool
 * does (files, name look-ups) is nothing that a request waits for.
 *
 * On Linux only, where a thread has a priority of its own (setpriority(2), "C library/kernel
 * differences"). Elsewhere, and where it isn't allowed, all stays as it is. The threads are there
 * once the pool was first used.
 */
export function makePoolModest(): void {
  if (process.platform !== 'linux') return;
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8');
      if (POOL_THREAD.test(name)) setPriority(Number(thread), NICENESS);
    }
  } catch {
    // It would have been nice.
  }
}
