import { MAX_KEPT_ENDS } from '../../src/ports/user-record.js';
import type { House } from '../house.js';

/** What a user's copy costs Redis: key, value, expiry and their places in its tables. */
export interface RedisBytes {
  readonly users: number;
  /** Bytes per user with one session, the first. */
  readonly oneSession: number;
  /** Bytes per user with one session who has logged in again and again: the last ended are kept. */
  readonly manyLogins: number;
}

const USERS = 20_000;
/** More than a copy tells the ends of. */
const LOGINS = MAX_KEPT_ENDS + 2;

export async function redisBytes({
  load,
  broker,
  redisCounters,
}: House): Promise<RedisBytes | undefined> {
  if (redisCounters === undefined) return undefined;
  // Nobody's yet: members of other measurements have lower numbers.
  const from = 500_000_000;
  await redisCounters.flush();
  const empty = await redisCounters.dataBytes();
  const mint = () => load.mint({ host: broker.host, from, count: USERS });
  await mint();
  const oneSession = ((await redisCounters.dataBytes()) - empty) / USERS;
  for (let login = 1; login < LOGINS; login += 1) await mint();
  const manyLogins = ((await redisCounters.dataBytes()) - empty) / USERS;
  return { users: USERS, oneSession, manyLogins };
}
