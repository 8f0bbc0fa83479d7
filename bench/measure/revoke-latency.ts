import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from '../options.js';
import { Endings } from '../processes/endings.js';
import { openInstallation } from '../processes/installation.js';
import { Storage } from '../processes/storage.js';
import { MixedLoad, type MixedRates } from './mixed-load.js';
import { type Quantiles, quantiles } from './quantiles.js';
import { RevocationProbe, type RevocationSample } from './revocation-probe.js';

export type Condition = 'no load' | 'under load' | 'Redis stopped';

/** How long it takes until a token revoked on one broker is refused by another. */
export interface RevokeLatency {
  readonly condition: Condition;
  readonly samples: number;
  /** Milliseconds from the answer of the revocation to the sending of the first refused check. */
  readonly refusal: Quantiles;
  /** Milliseconds that the revocation's call took. */
  readonly call: Quantiles;
  /** Samples whose very first check was refused. */
  readonly refusedAtOnce: number;
}

export interface RevokeLatencies {
  readonly latencies: readonly RevokeLatency[];
  /** The load of each broker, and what it does when both do all they can. */
  readonly load: readonly MixedRates[];
  readonly full: readonly MixedRates[];
}

/** With the events off each sample takes a second. */
const WITHOUT_REDIS = { share: 0.05, least: 5 };
/** Until the load and the connections of the brokers have settled. */
const SETTLE_MS = 500;

/** Two brokers on one Redis and one PostgreSQL: without load and under it in turn, then alone without Redis. */
export async function measureRevokeLatency(options: BenchOptions): Promise<RevokeLatencies> {
  const endings = new Endings();
  try {
    const storage = await Storage.start('cluster');
    endings.add(() => storage.stop());
    const urls = await storage.provide();
    const installation = await openInstallation(urls, 2, endings, options.cpuProfile);
    const probe = await RevocationProbe.open(installation);
    endings.add(() => probe.close());
    const mixed = await MixedLoad.prepare(installation, options);
    await mixed.atFull(options.warmUpSeconds);
    const full = await mixed.atFull(options.seconds);
    const wanted = full.map(({ mints, checks }) => ({
      mints: mints * options.load,
      checks: checks * options.load,
    }));

    const [idle, loaded]: RevocationSample[][] = [[], []];
    let load: readonly MixedRates[] = [];
    const each = Math.ceil(options.samples / options.rounds);
    await sample(probe, Math.min(each, 20));
    for (let round = 0; round < options.rounds; round += 1) {
      idle?.push(...(await sample(probe, each)));
      mixed.start(wanted);
      await sleep(SETTLE_MS);
      loaded?.push(...(await sample(probe, each)));
      load = await mixed.stop();
    }

    await storage.redis?.kill();
    const withoutRedis = await sample(
      probe,
      Math.max(WITHOUT_REDIS.least, Math.round(options.samples * WITHOUT_REDIS.share)),
    );
    const late = withoutRedis.find(({ accepted }) => accepted > 0);
    if (late !== undefined) {
      throw new Error(
        `without Redis a check was accepted after the answer: ${late.accepted} times`,
      );
    }
    const latencies = [
      latencyOf('no load', idle),
      latencyOf('under load', loaded),
      latencyOf('Redis stopped', withoutRedis),
    ];
    return { latencies, load, full };
  } finally {
    await endings.run();
  }
}

async function sample(probe: RevocationProbe, count: number): Promise<RevocationSample[]> {
  const samples: RevocationSample[] = [];
  for (const token of await probe.mint(count)) samples.push(await probe.sample(token));
  return samples;
}

function latencyOf(condition: Condition, samples: readonly RevocationSample[] = []): RevokeLatency {
  return {
    condition,
    samples: samples.length,
    refusal: quantiles(samples.map(({ refusalMs }) => refusalMs)),
    call: quantiles(samples.map(({ callMs }) => callMs)),
    refusedAtOnce: samples.filter(({ accepted }) => accepted === 0).length,
  };
}
