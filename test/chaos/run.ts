import { Chaos, type ChaosResult } from './chaos.js';
import { faultsOf } from './faults/faults.js';
import type { RedisKind } from './house/house.js';
import { type ChaosOptions, readOptions, USAGE } from './options.js';
import { reportOf } from './report.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function chosenOptions(): ChaosOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

async function run(kind: RedisKind, seconds: number, options: ChaosOptions): Promise<ChaosResult> {
  const chaos = await Chaos.open(kind, options.seed);
  try {
    const load = chaos.load();
    load.start();
    const { faults } = options;
    const chosen = faultsOf(kind).filter(({ name }) => faults?.includes(name) ?? true);
    await chaos.sufferFor(seconds, chosen, (line) => say(`  ${line}`));
    await load.stop();
    return await chaos.conclude();
  } finally {
    await chaos.close();
  }
}

const options = chosenOptions();
say(`seed ${options.seed}`);
for (const kind of options.kinds) {
  say(`\nRedis: ${kind}`);
  const result = await run(kind, options.seconds / options.kinds.length, options);
  say(reportOf(result));
  if (result.violations.length > 0) process.exitCode = 1;
}
