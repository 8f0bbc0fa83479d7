import { createDatabaseIn } from '../../test/support/postgres-database.js';
import { type RunningPostgres, startPostgres } from '../../test/support/postgres-server.js';
import { type RunningRedis, startRedis } from '../../test/support/redis-server.js';

export type Profile = 'embedded' | 'cluster';

/** What a broker of the cluster profile is given; nothing in the embedded one. */
export interface StoreUrls {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** The servers of the cluster profile, which all that is compared shares; none if embedded. */
export class Storage {
  #redisDatabases = 0;

  private constructor(
    readonly redis: RunningRedis | undefined,
    readonly postgres: RunningPostgres | undefined,
  ) {}

  static async start(profile: Profile): Promise<Storage> {
    if (profile === 'embedded') return new Storage(undefined, undefined);
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    return new Storage(redis, postgres);
  }

  /** Empty stores that nobody else has. */
  async provide(): Promise<StoreUrls> {
    if (this.redis === undefined || this.postgres === undefined) return {};
    const { url: databaseUrl } = await createDatabaseIn(this.postgres.url);
    return { databaseUrl, redisUrl: `${this.redis.url}/${this.#redisDatabases++}` };
  }

  async stop(): Promise<void> {
    await Promise.all([this.redis?.stop(), this.postgres?.stop()]);
  }
}
