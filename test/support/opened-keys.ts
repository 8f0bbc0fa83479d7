import { createPrivateKey } from 'node:crypto';
import { SystemEntropy } from '../../src/common/ids.js';
import { unsealPrivateKey } from '../../src/keys/sealed-key.js';
import { LocalMasterKey } from '../../src/stores/local/local-master-key.js';
import type { Fleet } from './broker-fleet.js';
import { ledgerRows } from './ledger-rows.js';

/** A signing key of an installation with its private part, as a thief of both secrets has it. */
export interface StolenKey {
  readonly id: string;
  readonly ring: string;
  readonly algorithm: 'ES256' | 'HS256';
  /** PKCS#8 DER, or the HS256 secret. */
  readonly privatePart: Buffer;
}

/** Every signing key whose private part the ledger holds, opened with the master key. */
export async function openKeysOf(fleet: Fleet): Promise<readonly StolenKey[]> {
  const bytes = Buffer.from(fleet.settings['COUNTERSIGN_MASTER_KEY'] ?? '', 'base64');
  const masterKey = new LocalMasterKey(bytes, undefined, new SystemEntropy());
  const rows = await ledgerRows(fleet, "select * from signing_keys where sealed_private <> ''");
  return Promise.all(
    rows.map(async (row) => {
      const algorithm = row['algorithm'] === 'HS256' ? 'HS256' : 'ES256';
      const use = { id: String(row['id']), ring: String(row['ring']), algorithm } as const;
      const sealed = String(row['sealed_private']);
      return { ...use, privatePart: await unsealPrivateKey(sealed, use, masterKey) };
    }),
  );
}

/** The forms that a private part can be recognized by: as it is sealed, and `d` of its JWK. */
export function bytesOf({ algorithm, privatePart }: StolenKey): readonly Buffer[] {
  if (algorithm === 'HS256') return [privatePart];
  const key = createPrivateKey({ key: privatePart, format: 'der', type: 'pkcs8' });
  const { d = '' } = key.export({ format: 'jwk' });
  return [privatePart, Buffer.from(d, 'base64url')];
}
