import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Entropy } from '../../common/ids.js';

/** Makes a directory that only its owner can look into, if it is not there. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/** Secrets that were generated because none was configured, each in a file of mode 0600. */
export class LocalSecrets {
  constructor(
    private readonly directory: string,
    private readonly entropy: Entropy,
  ) {
    makePrivateDirectory(directory);
  }

  pathOf(name: string): string {
    return join(this.directory, name);
  }

  /** The secret kept under a name, made at the first call: 32 random bytes as text. */
  get(name: string, encoding: 'base64' | 'base64url'): string {
    const path = this.pathOf(name);
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const secret = this.entropy.bytes(32).toString(encoding);
    const draft = `${path}.${this.entropy.bytes(6).toString('hex')}`;
    writeFileSync(draft, `${secret}\n`, { mode: 0o600, flush: true });
    try {
      // Whole or not at all, and the first of two processes wins.
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return readFileSync(path, 'utf8').trim();
    } finally {
      rmSync(draft, { force: true });
    }
    return secret;
  }

  /** True at the first call with a name, for ever false after it. */
  first(name: string): boolean {
    try {
      writeFileSync(join(this.directory, name), '', { mode: 0o600, flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }
}
