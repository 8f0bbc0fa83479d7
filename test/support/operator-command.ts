import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { REPOSITORY } from './repository.js';

export interface CommandOutcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** The output as JSON. Throws when it is none. */
  json<T>(): T;
}

/** Runs one of the operator's commands, as built, on the ledger that the settings name. */
export async function runCommand(
  settings: Readonly<Record<string, string>>,
  args: readonly string[],
  input = '',
): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'dist/cli.js'), ...args], {
    cwd: REPOSITORY,
    env: { PATH: process.env['PATH'], ...settings },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output, errors, json: <T>() => JSON.parse(output) as T };
}
