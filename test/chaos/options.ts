import { parseArgs } from 'node:util';
import { faultsOf } from './faults/faults.js';
import { REDIS_KINDS, type RedisKind } from './house/house.js';

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Which Redis the brokers stand on, one after the other. */
  readonly kinds: readonly RedisKind[];
  /** Names; undefined: all that the kind of Redis knows. */
  readonly faults: readonly string[] | undefined;
}

export const USAGE = `npm run chaos -- [options]
  --seconds <n>     how long, in all (120)
  --seed <n>        of the choices that the run makes (a random one, which it prints)
  --redis <kinds>   of ${REDIS_KINDS.join(', ')}; comma-separated, in turn (all)
  --faults <names>  comma-separated (all)
${REDIS_KINDS.map((kind) => `    with ${kind}: ${namesOf(kind).join(', ')}`).join('\n')}`;

export function readOptions(args: readonly string[]): ChaosOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: text, seed: text, redis: text, faults: text },
  });
  const faults = values.faults?.split(',');
  const kinds = values.redis?.split(',').map(kindOf) ?? REDIS_KINDS;
  const known = kinds.flatMap(namesOf);
  const unknown = faults?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--faults does not know ${unknown}`);
  return {
    seconds: number('seconds', values.seconds, 120),
    seed: number('seed', values.seed, Math.floor(Math.random() * 1e9) + 1),
    kinds,
    faults,
  };
}

function namesOf(kind: RedisKind): string[] {
  return faultsOf(kind).map(({ name }) => name);
}

function kindOf(name: string): RedisKind {
  const kind = REDIS_KINDS.find((known) => known === name);
  if (kind === undefined) throw new Error(`--redis is ${REDIS_KINDS.join(', ')}, not ${name}`);
  return kind;
}

function number(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
