import { BrokerError } from '../common/errors.js';
import type { KeyRow } from '../ports/control-ledger.port.js';
import type { MasterKey } from '../ports/master-key.port.js';
import { jwksTag, publishedJwks, type PublishedJwks } from './jwks.js';
import type { JwsHeader } from './jws.js';
import { openKeys, type OpenKey } from './opened-keys.js';
import { activeKeys } from './ring.js';
import { SigningKey } from './signing-key.js';
import { SigningThread } from './signing-thread.js';
import type { VerificationKey } from './verification-key.js';

interface View {
  readonly rows: readonly KeyRow[];
  readonly open: ReadonlyMap<string, OpenKey>;
  readonly signers: ReadonlyMap<string, SigningKey>;
  readonly verifiers: ReadonlyMap<string, VerificationKey>;
  readonly headers: ReadonlyMap<string, JwsHeader>;
  readonly forgotten: ReadonlySet<string>;
  readonly jwks: PublishedJwks;
  readonly jwksTag: string;
}

/**
 * What a broker knows of the key rings: the ledger's rows, opened. It asks nobody; whether it is
 * current is for the reader of the feed to say, who loads it.
 */
export class KeyView {
  readonly #masterKey: MasterKey;
  readonly #types: readonly string[];
  readonly #thread: SigningThread;
  #view: View;
  #turn = 0;
  #shownTurn = 0;

  /**
   * `types`: every `typ` that our tokens have, so that their headers are known ahead; `thread`:
   * where its ES256 keys sign.
   */
  constructor(
    masterKey: MasterKey,
    types: readonly string[],
    thread: SigningThread = new SigningThread(),
  ) {
    this.#masterKey = masterKey;
    this.#types = types;
    this.#thread = thread;
    this.#view = viewOf([], thread);
  }

  /**
   * Replaces the view as a whole by what `rows` say; of overlapping calls the later one stays.
   * Keys that are open already are not unsealed again. Throws, naming the key, when one can't be
   * opened; the view is then as before.
   */
  async load(rows: readonly KeyRow[]): Promise<void> {
    const turn = ++this.#turn;
    const keys = await openKeys(rows, this.#view.open, this.#masterKey, this.#types);
    if (turn < this.#shownTurn) return;
    this.#shownTurn = turn;
    this.#view = viewOf(keys, this.#thread);
  }

  /** The key that signs for a ring. Throws `BrokerError('internal')` when the ring has none. */
  signer(ring: string): SigningKey {
    const key = this.#view.signers.get(ring);
    if (key === undefined) {
      throw new BrokerError('internal', `The key ring ${ring} has no key that signs.`);
    }
    return key;
  }

  /** Whether a ring has a key that signs. */
  hasSigner(ring: string): boolean {
    return this.#view.signers.has(ring);
  }

  /** The key that a token names, in whatever state it is. */
  verifier(keyId: string): VerificationKey | undefined {
    return this.#view.verifiers.get(keyId);
  }

  /**
   * Whether a token names a key of which nothing is left to verify with: an HS256 one, removed.
   * Whatever it signed has expired.
   */
  hasForgotten(keyId: string): boolean {
    return this.#view.forgotten.has(keyId);
  }

  /** Every key of every ring, as the ledger has them; what is private in them is sealed. */
  get rows(): readonly KeyRow[] {
    return this.#view.rows;
  }

  /** The headers of our own tokens by their segments, for `parseJws`. */
  get headers(): ReadonlyMap<string, JwsHeader> {
    return this.#view.headers;
  }

  /**
   * Upcoming, active and retiring public keys, oldest first; never HS256 ones, never revoked ones.
   * The same object until the next load.
   */
  jwks(): PublishedJwks {
    return this.#view.jwks;
  }

  /** The entity tag of {@link jwks}. */
  jwksTag(): string {
    return this.#view.jwksTag;
  }
}

function viewOf(keys: readonly OpenKey[], thread: SigningThread): View {
  const signing = activeKeys(keys.map(({ row }) => row));
  const signers = new Map<string, SigningKey>();
  const verifiers = new Map<string, VerificationKey>();
  const forgotten = new Set<string>();
  for (const { row, privateKey, publicHalf } of keys) {
    const { id, ring, algorithm, signsUntil } = row;
    const [revoked, removed] = [row.revokedAt !== null, row.removedAt !== null];
    const key = publicHalf?.key ?? privateKey;
    if (key === undefined) forgotten.add(id);
    else verifiers.set(id, { id, ring, algorithm, revoked, removed, key });
    if (privateKey !== undefined && signing.get(ring)?.id === id) {
      signers.set(ring, new SigningKey(id, ring, algorithm, signsUntil, privateKey, thread));
    }
  }
  const jwks = publishedJwks(keys);
  return {
    rows: keys.map(({ row }) => row),
    open: new Map(keys.map((key) => [key.row.id, key])),
    signers,
    verifiers,
    headers: new Map(keys.flatMap((key) => key.headers)),
    forgotten,
    jwks,
    jwksTag: jwksTag(jwks),
  };
}
