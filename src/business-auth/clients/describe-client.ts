import type { ClientRow } from '../../ports/control-ledger.port.js';

/** A client as people are shown it: never a hash. Times are Unix seconds. */
export interface DescribedClient extends Omit<ClientRow, 'secretHashes'> {
  /** How many secrets it may prove itself with. */
  readonly validSecrets: number;
}

export function describeClient({ secretHashes, ...shown }: ClientRow): DescribedClient {
  return { ...shown, validSecrets: secretHashes.length };
}
