import { compareDenied, type DeniedComparison } from './measure/denied.js';
import { compareRedisOut, type RedisOutComparison } from './measure/redis-out.js';
import { measureRevokeLatency, type RevokeLatencies } from './measure/revoke-latency.js';
import type { BenchOptions, RevocationName } from './options.js';
import type { Profile } from './processes/storage.js';
import { deniedReport, redisOutReport, revokeLatencyReport } from './report/revocation.js';

/** What was measured of revocation, and of what it rests on. */
export class RevocationResults {
  #latencies: RevokeLatencies | undefined;
  readonly #denied: DeniedComparison[] = [];
  #redisOut: readonly RedisOutComparison[] = [];

  /** Measures what was asked for and makes sense in a profile: one broker alone tells nobody. */
  async measure(profile: Profile, options: BenchOptions): Promise<void> {
    for (const name of options.revocation) {
      if (profile === 'embedded' && name !== 'denied') continue;
      console.error(`measuring ${profile} ${name}`);
      await this.#measure(name, profile, options);
    }
  }

  /** Markdown; one piece for each that was measured. */
  reports(): string[] {
    return [
      ...(this.#latencies === undefined ? [] : [revokeLatencyReport(this.#latencies)]),
      ...(this.#denied.length === 0 ? [] : [deniedReport(this.#denied)]),
      ...(this.#redisOut.length === 0 ? [] : [redisOutReport(this.#redisOut)]),
    ];
  }

  async #measure(name: RevocationName, profile: Profile, options: BenchOptions): Promise<void> {
    switch (name) {
      case 'revoke-latency':
        this.#latencies = await measureRevokeLatency(options);
        return;
      case 'denied':
        this.#denied.push(await compareDenied(profile, options));
        return;
      case 'redis-out':
        this.#redisOut = await compareRedisOut(options);
    }
  }
}
