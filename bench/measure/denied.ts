import { fillPostgres } from '../fill/fill-postgres.js';
import { fillSqlite } from '../fill/fill-sqlite.js';
import { deniedUser, MAX_DENIED } from '../fill/filled-user.js';
import type { BenchOptions } from '../options.js';
import { Endings } from '../processes/endings.js';
import { openInstallation, signedInLoad } from '../processes/installation.js';
import { type Profile, Storage, type StoreUrls } from '../processes/storage.js';
import { type InTurn, inTurn } from './in-turn.js';
import { type MemoryGrowth, memoryGrowth } from './memory-growth.js';

/** Checks beside many denied sessions, and what those cost. */
export interface DeniedComparison {
  readonly profile: Profile;
  readonly users: number;
  readonly denied: number;
  /** Good tokens: beside the denied sessions, and where there is none. */
  readonly good: InTurn;
  /** Beside the denied sessions: revoked tokens, and good ones. */
  readonly refused: InTurn;
  /** What a user's one working session costs, with all that is kept of the user. */
  readonly perUser: MemoryGrowth;
  /** What each denied session costs on top. */
  readonly perDenied: MemoryGrowth;
}

/** Tokens that a round of checks walks over; a broker remembers them all. */
const CHECKED = 10_000;

/** Two brokers with as many users in memory each, measured in turn; those of one have been cut off before. */
export async function compareDenied(
  profile: Profile,
  options: BenchOptions,
): Promise<DeniedComparison> {
  const endings = new Endings();
  try {
    const storage = await Storage.start(profile);
    endings.add(() => storage.stop());
    const users = Math.ceil(options.denied / MAX_DENIED);
    const none = await openSide(await storage.provide(), { users, deniedEach: 0 }, endings);
    const full = await openSide(
      await storage.provide(),
      { users, deniedEach: MAX_DENIED, cpuProfile: options.cpuProfile },
      endings,
    );
    const refused = await openRefused(full, users, endings);

    const { seconds, warmUpSeconds, connections, rounds } = options;
    const good = (side: Side, time: number) =>
      side.load.run({ host: side.host, scenario: 'parse-warm', seconds: time, connections, users });
    const bad = (time: number) =>
      refused.run({
        host: full.host,
        scenario: 'parse-refused',
        seconds: time,
        connections,
        users,
      });
    await good(none, warmUpSeconds);
    await good(full, warmUpSeconds);
    await bad(warmUpSeconds);
    const plan = { rounds, pids: new Map<string, number>() };
    return {
      profile,
      users,
      denied: users * MAX_DENIED,
      good: await inTurn({
        ...plan,
        first: () => good(full, seconds),
        second: () => good(none, seconds),
      }),
      refused: await inTurn({
        ...plan,
        first: () => bad(seconds),
        second: () => good(full, seconds),
      }),
      perUser: dividedBy(users, none.growth),
      perDenied: dividedBy(users * MAX_DENIED, {
        heapBytes: full.growth.heapBytes - none.growth.heapBytes,
        redisBytes: full.growth.redisBytes - none.growth.redisBytes,
      }),
    };
  } finally {
    await endings.run();
  }
}

interface SidePlan {
  readonly users: number;
  readonly deniedEach: number;
  readonly cpuProfile?: string | undefined;
}

type Side = Awaited<ReturnType<typeof openSide>>;

/** A broker whose users have so many denied sessions each, and have all logged in again. */
async function openSide(
  urls: StoreUrls,
  { users, deniedEach, cpuProfile }: SidePlan,
  endings: Endings,
) {
  const installation = await openInstallation(urls, 1, endings, cpuProfile);
  const { first: broker, load, appSecret } = installation;
  const { host } = broker;
  const userOf = deniedUser(deniedEach);
  if (urls.databaseUrl === undefined) await fillSqlite(broker.dataDirectory, users, userOf);
  else await fillPostgres(urls.databaseUrl, users, userOf);
  const checked = Math.min(users, CHECKED);
  const growth = await memoryGrowth(broker, urls.redisUrl, async () => {
    await load.mint({ host, from: checked, count: users - checked });
    await load.mint({ host, from: 0, count: checked });
  });
  return { broker, host, load, appSecret, growth };
}

/** A load with tokens that have been revoked over the API, of users of their own. */
async function openRefused(side: Side, from: number, endings: Endings) {
  const load = await signedInLoad(side, side.broker, endings);
  const some = { host: side.host, from, count: CHECKED };
  await load.mint(some);
  await load.revoke(some);
  return load;
}

function dividedBy(count: number, { heapBytes, redisBytes }: MemoryGrowth): MemoryGrowth {
  return { heapBytes: heapBytes / count, redisBytes: redisBytes / count };
}
