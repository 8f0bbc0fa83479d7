import { parseArgs } from 'node:util';
import { type ScenarioName, SCENARIOS } from './load/scenarios.js';
import type { Profile } from './processes/storage.js';

export const REVOCATION = ['revoke-latency', 'denied', 'redis-out'] as const;
/** The measurements of revocation, and of what it rests on. */
export type RevocationName = (typeof REVOCATION)[number];

export const BUSINESS = ['refresh', 'login', 'login-beside', 'login-beside-slow'] as const;
/** The measurements of the business tier. */
export type BusinessName = (typeof BUSINESS)[number];

export interface BenchOptions {
  readonly profiles: readonly Profile[];
  readonly scenarios: readonly ScenarioName[];
  /** Whether to repeat mint and parse on a ledger filled with {@link sessions}. */
  readonly scale: boolean;
  /** Whether to measure what a session costs Redis. */
  readonly bytes: boolean;
  readonly revocation: readonly RevocationName[];
  readonly business: readonly BusinessName[];
  /** Revocations whose latency is taken, with and without load each. */
  readonly samples: number;
  /** The load that they are taken under, as a share of what the brokers can do. */
  readonly load: number;
  /** Denied sessions that checks are measured beside. */
  readonly denied: number;
  readonly sessions: number;
  /** Members of the ledger that the other measurements are made with. */
  readonly users: number;
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly cpuProfile: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --only <names>       of ${SCENARIOS.join(', ')}, bytes, scale;
                       ${REVOCATION.join(', ')}; ${BUSINESS.join(', ')};
                       comma-separated; mint and parse stand for all that begin so
  --profile <name>     embedded or cluster (both)
  --sessions <n>       sessions in the ledger of the scale measurement (100000)
  --denied <n>         denied sessions in the ledger of the denied measurement (1000000)
  --samples <n>        revocations that revoke-latency takes with and without load each (500)
  --load <share>       load of revoke-latency, as a share of what the brokers can do (0.5)
  --users <n>          users in the ledger of the other measurements (20000)
  --connections <n>    connections of the load (64)
  --rounds <n>         times that broker and floor are measured, in turn (5)
  --seconds <n>        seconds of one measurement (2)
  --quick              a smoke of a few minutes: 3 rounds of a second, 5000 users
  --cpu-prof <dir>     where the brokers write their CPU profiles`;

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      profile: { type: 'string' },
      sessions: { type: 'string' },
      denied: { type: 'string' },
      samples: { type: 'string' },
      load: { type: 'string' },
      users: { type: 'string' },
      connections: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
    },
  });
  const { quick } = values;
  const seconds = number('seconds', values.seconds, quick ? 1 : 2);
  const only = values.only?.split(',');
  return {
    profiles: profilesOf(values.profile),
    scenarios: scenariosOf(only),
    scale: only?.includes('scale') ?? !quick,
    bytes: only?.includes('bytes') ?? true,
    revocation: REVOCATION.filter((name) => only?.includes(name) ?? true),
    business: BUSINESS.filter((name) => only?.includes(name) ?? true),
    samples: number('samples', values.samples, quick ? 100 : 500),
    load: number('load', values.load, 0.5),
    denied: number('denied', values.denied, quick ? 100_000 : 1_000_000),
    sessions: number('sessions', values.sessions, quick ? 10_000 : 100_000),
    users: number('users', values.users, quick ? 5000 : 20_000),
    connections: number('connections', values.connections, 64),
    rounds: number('rounds', values.rounds, quick ? 3 : 5),
    seconds,
    warmUpSeconds: Math.max(1, seconds / 2),
    cpuProfile: values['cpu-prof'],
  };
}

function profilesOf(name: string | undefined): readonly Profile[] {
  if (name === undefined) return ['embedded', 'cluster'];
  if (name === 'embedded' || name === 'cluster') return [name];
  throw new Error(`--profile is embedded or cluster, not ${name}`);
}

function scenariosOf(only: readonly string[] | undefined): readonly ScenarioName[] {
  if (only === undefined) return SCENARIOS;
  const known = [...SCENARIOS, 'mint', 'parse', 'bytes', 'scale', ...REVOCATION, ...BUSINESS];
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only does not know ${unknown}`);
  return SCENARIOS.filter((name) =>
    only.some((word) => name === word || name.startsWith(`${word}-`)),
  );
}

function number(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
