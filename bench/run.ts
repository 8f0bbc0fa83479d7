import { availableParallelism, cpus } from 'node:os';
import { type BusinessComparison, measureBusiness } from './business/business.js';
import { openHouse } from './house.js';
import type { ScenarioName } from './load/scenarios.js';
import { compare, type Comparison, season } from './measure/compare.js';
import { type RedisBytes, redisBytes } from './measure/redis-bytes.js';
import { compareScale, type ScaleComparison } from './measure/scale.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { Endings } from './processes/endings.js';
import type { Profile } from './processes/storage.js';
import { businessReport } from './report/business.js';
import { comparisonTable, coresTable, costLines } from './report/comparisons.js';
import { scaleTable } from './report/scale.js';
import { RevocationResults } from './revocation.js';

function chosenOptions(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

interface Results {
  readonly comparisons: Comparison[];
  readonly scales: ScaleComparison[];
  readonly revocation: RevocationResults;
  readonly business: BusinessComparison[];
  bytes: RedisBytes | undefined;
}

function mintsForMembers(scenario: ScenarioName): boolean {
  return scenario !== 'mint-new' && scenario !== 'parse-warm';
}

async function measure(profile: Profile, options: BenchOptions, results: Results): Promise<void> {
  if (options.scenarios.length > 0 || options.bytes) {
    const house = await openHouse(profile, options.cpuProfile);
    try {
      if (options.scenarios.some(mintsForMembers)) await season(house, options.users);
      for (const scenario of options.scenarios) {
        console.error(`measuring ${profile} ${scenario}`);
        results.comparisons.push(await compare(house, scenario, options));
      }
      if (options.bytes) results.bytes ??= await redisBytes(house);
    } finally {
      await house.close();
    }
  }
  if (options.scale) {
    console.error(`measuring ${profile} with ${options.sessions} sessions`);
    results.scales.push(...(await compareScale(profile, options)));
  }
  await results.revocation.measure(profile, options);
  if (options.business.length > 0) {
    results.business.push(...(await measureBusiness(profile, options)));
  }
}

function print(options: BenchOptions, results: Results): void {
  const { comparisons, scales, bytes, revocation, business } = results;
  const { rounds, seconds, connections, users } = options;
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  console.log(
    `Node ${process.version}, ${machine}; ${connections} connections, ${rounds} rounds of ` +
      `${seconds} s each, ${users} users; medians.`,
  );
  if (comparisons.length > 0) {
    console.log(`\n${comparisonTable(comparisons)}`);
    console.log(`\nCores taken:\n\n${coresTable(comparisons)}`);
    console.log(`\nStatements and Redis commands of one operation:\n\n${costLines(comparisons)}`);
  }
  if (bytes !== undefined) {
    console.log(
      `\nRedis, of ${bytes.users} users: ${Math.round(bytes.oneSession)} bytes for a user with one ` +
        `session, ${Math.round(bytes.manyLogins)} after many logins.`,
    );
  }
  if (scales.length > 0) console.log(`\n${scaleTable(scales)}`);
  for (const report of revocation.reports()) console.log(`\n${report}`);
  if (business.length > 0) console.log(`\n${businessReport(business)}`);
}

const options = chosenOptions();
const results: Results = {
  comparisons: [],
  scales: [],
  revocation: new RevocationResults(),
  business: [],
  bytes: undefined,
};
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void Endings.runAll().finally(() => process.exit(130));
  });
}
try {
  for (const profile of options.profiles) await measure(profile, options, results);
  print(options, results);
} catch (error) {
  // What was interrupted fails because its processes have been ended: no news.
  if (!interrupted) throw error;
}
