import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A program of the system that tests need, as its package is called where it differs. */
export interface Program {
  readonly file: string;
  readonly packages: { readonly brew: string; readonly apt: string; readonly other: string };
}

export const REDIS_SERVER: Program = {
  file: 'redis-server',
  packages: { brew: 'redis', apt: 'redis-server', other: 'redis' },
};

export const CHROMIUM: Program = {
  file: 'chromium',
  packages: { brew: '--cask chromium', apt: 'chromium', other: 'chromium' },
};

/** Makes sure that a program is on the PATH: on Debian as root installs it, elsewhere says how. */
export function requireProgram({ file, packages }: Program): void {
  if (isThere(file)) return;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env, stdio: 'ignore' as const };
    spawnSync('apt-get', ['update'], options);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', packages.apt], options);
    if (isThere(file)) return;
  }
  const command = installCommand(packages);
  throw new Error(`The tests need a real ${file} on the PATH, and there is none. Run: ${command}`);
}

function isThere(file: string): boolean {
  return spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0;
}

function installCommand({ brew, apt, other }: Program['packages']): string {
  if (process.platform === 'darwin') return `brew install ${brew}`;
  if (existsSync('/etc/debian_version')) return `sudo apt-get install -y ${apt}`;
  if (existsSync('/etc/alpine-release')) return `sudo apk add ${other}`;
  return `sudo dnf install -y ${other}`;
}
