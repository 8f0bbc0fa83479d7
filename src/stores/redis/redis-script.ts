import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConnection } from './connect-redis.js';

/** One of the Lua scripts in `scripts/`, which the server knows by its digest. */
export class RedisScript {
  readonly #source: string;
  readonly #digest: string;

  /** `name`: the file's, without `.lua`. */
  constructor(name: string) {
    this.#source = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
    this.#digest = createHash('sha1').update(this.#source).digest('hex');
  }

  /** Runs it: one short command, and the whole text where a server has not seen it yet. */
  async run(
    redis: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.#digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(this.#source, keys.length, ...keys, ...args);
    }
  }
}
