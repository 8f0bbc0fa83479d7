import type { RunCall } from '../load/load-process.js';
import type { LoadResult } from '../load/run-load.js';
import type { Installation } from '../processes/installation.js';

/** Mints and checks a second, of one broker. */
export interface MixedRates {
  readonly mints: number;
  readonly checks: number;
}

/** Tokens that are checked; those who mint are other members, so that theirs stay good. */
const CHECKED = 1000;
/** The first members who log in on each broker. */
const MINTING_FROM = [100_000_000, 200_000_000] as const;
/** Longer than any measurement: the load is told when to end. */
const UNTIL_STOPPED_SECONDS = 3600;

/** Mints and checks on both brokers of an installation at once. */
export class MixedLoad {
  readonly #installation: Installation;
  readonly #users: number;
  readonly #connections: number;
  #running: Promise<MixedRates[]> | undefined;

  /** `connections`: of all the load, shared out evenly. */
  private constructor(installation: Installation, users: number, connections: number) {
    this.#installation = installation;
    this.#users = users;
    this.#connections = Math.max(1, Math.floor(connections / 4));
  }

  /** Makes the members known and gets the tokens to check. */
  static async prepare(
    installation: Installation,
    { users, connections }: { readonly users: number; readonly connections: number },
  ): Promise<MixedLoad> {
    const { load, first } = installation;
    for (const from of MINTING_FROM) await load.mint({ host: first.host, from, count: users });
    await load.mint({ host: first.host, from: 0, count: CHECKED });
    return new MixedLoad(installation, users, connections);
  }

  /** What each broker does when both do all they can. */
  atFull(seconds: number): Promise<MixedRates[]> {
    return this.#run(seconds, () => ({}));
  }

  /** Begins, at these rates. */
  start(rates: readonly MixedRates[]): void {
    this.#running = this.#run(UNTIL_STOPPED_SECONDS, (broker, what) => ({
      perSecond: rates[broker]?.[what] ?? 0,
    }));
    // It is reported by `stop`.
    this.#running.catch(() => undefined);
  }

  /** Ends it. Resolves with the rates that it had; throws when a response was wrong. */
  async stop(): Promise<MixedRates[]> {
    await this.#installation.load.stopRuns();
    return (await this.#running) ?? [];
  }

  #run(
    seconds: number,
    pace: (broker: number, what: keyof MixedRates) => Pick<RunCall, 'perSecond'>,
  ): Promise<MixedRates[]> {
    const { first, other, load } = this.#installation;
    const common = { seconds, connections: this.#connections, users: this.#users };
    return Promise.all(
      [first, other].map(async ({ host }, broker): Promise<MixedRates> => {
        const from = MINTING_FROM[broker] ?? 0;
        const [mints, checks] = await Promise.all([
          load.run({ host, scenario: 'mint-openim', from, ...common, ...pace(broker, 'mints') }),
          load.run({ host, scenario: 'parse-warm', ...common, ...pace(broker, 'checks') }),
        ]);
        return { mints: perSecond(mints), checks: perSecond(checks) };
      }),
    );
  }
}

function perSecond({ operations, seconds }: LoadResult): number {
  return operations / seconds;
}
