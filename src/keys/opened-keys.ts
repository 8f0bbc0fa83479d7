import type { KeyObject } from 'node:crypto';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import type { EcPublicJwk } from './jwk-thumbprint.js';
import { headerSegment, type JwsHeader } from './jws.js';
import { openPrivateKey, openPublicKey } from './open-key.js';
import { keyState } from './ring.js';

/** A row of the ledger with its parts decoded. */
export interface OpenKey {
  readonly row: KeyRow;
  /** Held as long as the key may come to sign; of HS256 until it is removed, since it verifies, too. */
  readonly privateKey: KeyObject | undefined;
  /** Undefined for HS256. */
  readonly publicHalf: { readonly jwk: EcPublicJwk; readonly key: KeyObject } | undefined;
  /** The headers that its tokens can have, with their segments. */
  readonly headers: readonly (readonly [segment: string, header: JwsHeader])[];
}

/**
 * Opens every row, taking from `before` what was open already. `types`: every `typ` that tokens
 * have. Throws, naming the key, when one can't be opened.
 */
export function openKeys(
  rows: readonly KeyRow[],
  before: ReadonlyMap<string, OpenKey>,
  masterKey: MasterKey,
  types: readonly string[],
): Promise<OpenKey[]> {
  return Promise.all(
    rows.map(async (row): Promise<OpenKey> => {
      const open = before.get(row.id);
      const known = open !== undefined && isSameKey(open.row, row) ? open : undefined;
      return {
        row,
        privateKey: needsPrivate(row)
          ? (known?.privateKey ?? (await openPrivateKey(row, masterKey)))
          : undefined,
        publicHalf:
          row.algorithm === 'HS256' ? undefined : (known?.publicHalf ?? openPublicKey(row)),
        headers: known?.headers ?? headersOf(row, types),
      };
    }),
  );
}

function needsPrivate(row: KeyRow): boolean {
  if (row.algorithm === 'HS256') return row.removedAt === null;
  const state = keyState(row);
  return state === 'upcoming' || state === 'active';
}

/** How the private part is sealed doesn't matter: another master key makes no other key. */
function isSameKey(a: KeyRow, b: KeyRow): boolean {
  return a.ring === b.ring && a.algorithm === b.algorithm && a.publicJwk === b.publicJwk;
}

function headersOf({ algorithm, id }: KeyRow, types: readonly string[]): OpenKey['headers'] {
  return types.map((typ) => [headerSegment(algorithm, id, typ), { alg: algorithm, kid: id, typ }]);
}
