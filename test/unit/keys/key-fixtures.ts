import { SystemEntropy } from '../../../src/common/ids.js';
import { generateKey, publishKey } from '../../../src/keys/generate-key.js';
import { KeyView } from '../../../src/keys/key-view.js';
import { parseJws } from '../../../src/keys/parse-jws.js';
import { verifySignature } from '../../../src/keys/verification-key.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';
import { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';

export const entropy = new SystemEntropy();

/** The `typ` of the tokens in these tests. */
export const TYPE = 'test+jwt';

export const CLAIMS = {
  iss: 'https://broker.example',
  sub: 'zoë-用户',
  PlatformID: 1,
  exp: 1_900_000_000,
} as const;

/** A master key that nothing else in the run holds. */
export function newMasterKey(): LocalMasterKey {
  return new LocalMasterKey(newKeyBytes(), undefined, entropy);
}

export function newKeyBytes(): Buffer {
  return Buffer.from(entropy.bytes(32));
}

/** An active and an upcoming key of a ring, as the ledger holds them. */
export async function wholeRing(ring: string, masterKey: LocalMasterKey): Promise<KeyRow[]> {
  const [active, upcoming] = await Promise.all([
    generateKey(ring, masterKey, entropy),
    generateKey(ring, masterKey, entropy),
  ]);
  return [publishKey(active, 'active', 1000), publishKey(upcoming, 'upcoming', 1000)];
}

export async function viewOf(rows: readonly KeyRow[], masterKey: LocalMasterKey): Promise<KeyView> {
  const view = new KeyView(masterKey, [TYPE]);
  await view.load(rows);
  return view;
}

/** What a caller of keys does with a token, up to its signature. */
export function accepts(view: KeyView, token: string): boolean {
  const parsed = parseJws(token, view.headers);
  if (parsed === undefined) return false;
  const key = view.verifier(parsed.header.kid);
  return key !== undefined && verifySignature(parsed, key);
}

/** A segment of a compact JWS. */
export function segment(content: unknown): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return Buffer.from(text, 'utf8').toString('base64url');
}
