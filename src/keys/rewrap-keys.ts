import type { ControlChanges } from '../ledger/control-changes.js';
import type { ControlLedger, KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { rewrapPrivateKey } from './sealed-key.js';

/** Rounds after which it is given up: each but the first is due to a rotation meanwhile. */
const MAX_ROUNDS = 5;

/** Wraps every data key by the current master key, so that the previous one is needed no more. */
export class RewrapKeys {
  constructor(
    private readonly control: ControlChanges,
    private readonly ledger: ControlLedger,
    private readonly masterKey: MasterKey,
  ) {}

  /**
   * Returns how many keys it wrapped anew: every one that has a private part. No key changes, and no
   * token is touched. Throws, with nothing changed, where a key was sealed under a master key that
   * is neither the current nor the previous one.
   */
  async rewrap(): Promise<number> {
    const done = new Map<string, string>();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { state } = await this.ledger.read();
      const wrapped = await this.#wrapped(state.keys.filter((row) => isLeft(row, done)));
      if (wrapped.size === 0) return done.size;
      await this.control.change(({ keys }) => {
        const rows = keys.flatMap((row) => wrapped.get(row.sealedPrivate)?.(row) ?? []);
        for (const row of rows) done.set(row.id, row.sealedPrivate);
        return { writes: { keys: rows }, result: undefined };
      });
    }
    throw new Error('The keys changed again and again while they were wrapped; try once more.');
  }

  /** By what was sealed before: the row with what is sealed now, whatever else has become of it. */
  async #wrapped(rows: readonly KeyRow[]): Promise<Map<string, (row: KeyRow) => KeyRow>> {
    const entries = rows.map(async (before) => {
      const sealedPrivate = await rewrapPrivateKey(before.sealedPrivate, before, this.masterKey);
      const change = (row: KeyRow): KeyRow => ({ ...row, sealedPrivate });
      return [before.sealedPrivate, change] as const;
    });
    return new Map(await Promise.all(entries));
  }
}

function isLeft({ id, sealedPrivate }: KeyRow, done: ReadonlyMap<string, string>): boolean {
  return sealedPrivate !== '' && done.get(id) !== sealedPrivate;
}
