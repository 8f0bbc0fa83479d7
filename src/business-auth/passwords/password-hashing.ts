import { hash, type ParsedHashOptions, parseOptions, verify } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import { makePoolModest } from './modest-pool.js';
import { Turns } from './turns.js';

/** How passwords are hashed (RFC 9106 §3.1). */
export interface PasswordHashingSettings {
  readonly memoryKib: number;
  /** Passes over the memory. */
  readonly iterations: number;
  /** Lanes. */
  readonly parallelism: number;
  /** Hashes at once; undefined: half of the processors, at least 1 and at most 3. */
  readonly hashesAtOnce: number | undefined;
}

/** Hashes that wait for their turn before more are turned away: a few seconds' worth. */
const WAITING_MAX = 200;

/** What the settings allow at the most. A stored hash that asks for more was not made by us. */
const DEAREST = { memoryCost: 2_097_152, timeCost: 100, parallelism: 16 } as const;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Argon2id of version 1.3, in the PHC string format. */
const ARGON2ID = '$argon2id$v=19$';

/** Compatible forms of a password are the same password (NIST SP 800-63B §3.1.1.2). */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Hashes and verifies passwords with Argon2id (RFC 9106), off the event loop.
 *
 * It takes a bounded share of libuv's threads, which DNS, files and cryptography need, too:
 * `hashesAtOnce` of them, while the others wait in line, at most 200. Each call throws `overloaded`
 * beyond that. So memory is bounded by `hashesAtOnce` × `memoryKib`.
 *
 * How long a password may be is for the caller to bound (`PASSWORD_MAX_CHARACTERS`).
 */
export class PasswordHashing {
  #isPoolModest = false;
  readonly #turns: Turns;
  readonly #options: { memoryCost: number; timeCost: number; parallelism: number };
  readonly #nothing: string;

  constructor(settings: PasswordHashingSettings) {
    const { memoryKib, iterations, parallelism, hashesAtOnce } = settings;
    this.#turns = new Turns(hashesAtOnce ?? shareOfProcessors(), WAITING_MAX, 'passwords');
    this.#options = { memoryCost: memoryKib, timeCost: iterations, parallelism };
    // It need not be secret: the answer is no, whatever comes out.
    this.#nothing = [
      `${ARGON2ID}m=${memoryKib},t=${iterations},p=${parallelism}`,
      unpadded(SALT_BYTES),
      unpadded(HASH_BYTES),
    ].join('$');
  }

  /** A new hash, in the PHC string format, with a salt of its own. */
  hash(password: string): Promise<string> {
    return this.#onPool(() =>
      hash(normalPassword(password), { ...this.#options, outputLen: HASH_BYTES }),
    );
  }

  /** Whether `phc` is a hash of the password. One that can't be read is a hash of nothing. */
  async verify(phc: string, password: string): Promise<boolean> {
    if (!isUsable(parsed(phc))) return this.verifyNothing(password);
    return await this.#verify(phc, password);
  }

  /** Costs what {@link verify} costs with the settings of today, where there is no account. */
  async verifyNothing(password: string): Promise<false> {
    await this.#verify(this.#nothing, password);
    return false;
  }

  /** Whether a hash was made otherwise than new ones are, so that it should be made anew. */
  isOutdated(phc: string): boolean {
    const made = parsed(phc);
    return (
      made === undefined ||
      !phc.startsWith(ARGON2ID) ||
      made.memoryCost !== this.#options.memoryCost ||
      made.timeCost !== this.#options.timeCost ||
      made.parallelism !== this.#options.parallelism ||
      made.outputLen !== HASH_BYTES ||
      made.saltLen < SALT_BYTES
    );
  }

  #verify(phc: string, password: string): Promise<boolean> {
    // What Argon2 refuses to compute is no match; its words are for nobody.
    return this.#onPool(() => verify(phc, normalPassword(password)).catch(() => false));
  }

  #onPool<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      const working = work();
      // Its threads have been started by that.
      if (!this.#isPoolModest) makePoolModest();
      this.#isPoolModest = true;
      return working;
    });
  }
}

function shareOfProcessors(): number {
  return Math.min(3, Math.max(1, Math.floor(availableParallelism() / 2)));
}

/** So many bytes of zeroes in the Base64 of PHC strings. */
function unpadded(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64').replaceAll('=', '');
}

function parsed(phc: string): ParsedHashOptions | undefined {
  try {
    return parseOptions(phc);
  } catch {
    return undefined;
  }
}

function isUsable(made: ParsedHashOptions | undefined): boolean {
  return (
    made !== undefined &&
    made.memoryCost <= DEAREST.memoryCost &&
    made.timeCost <= DEAREST.timeCost &&
    made.parallelism <= DEAREST.parallelism
  );
}
