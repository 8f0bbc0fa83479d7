import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './repository.js';

const CLI = join(REPOSITORY, 'dist/cli.js');

export interface CliExit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs an operator's command of the built program, with these environment variables and `PATH`;
 * `input`: what it is given on standard input.
 */
export function runCli(
  settings: Readonly<Record<string, string>>,
  ...words: readonly (string | { readonly input: string })[]
): Promise<CliExit> {
  const env = { PATH: process.env['PATH'], ...settings };
  const args = words.filter((word) => typeof word === 'string');
  const given = words.find((word) => typeof word !== 'string');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI, ...args],
      { cwd: REPOSITORY, env },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(given?.input ?? '');
  });
}

/** What a command printed, as JSON. Throws where it failed. */
export async function cliJson<T>(
  settings: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<T> {
  const { code, stdout, stderr } = await runCli(settings, ...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
