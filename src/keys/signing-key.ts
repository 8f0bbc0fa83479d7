import { createHmac, type KeyObject } from 'node:crypto';
import { BrokerError } from '../common/errors.js';
import type { KeyAlgorithm } from '../ports/control-ledger.port.js';
import { headerSegment, MAX_TOKEN_LENGTH } from './jws.js';
import type { SigningThread } from './signing-thread.js';

/** A dot and 64 bytes in base64url. */
const LONGEST_SIGNATURE = 1 + 86;

/** The key that signs for a ring at the moment. Ask for it anew for every token. */
export class SigningKey {
  readonly #privateKey: KeyObject;
  readonly #thread: SigningThread;
  /** Segments by `typ`, which is one of a handful. */
  readonly #headers = new Map<string, string>();

  /** `privateKey` is an EC P-256 private key for ES256, a secret key for HS256. */
  constructor(
    readonly id: string,
    readonly ring: string,
    readonly algorithm: KeyAlgorithm,
    /** It signs nothing that expires later, Unix seconds; see `ReserveExpiry`. */
    readonly signsUntil: number,
    privateKey: KeyObject,
    thread: SigningThread,
  ) {
    this.#privateKey = privateKey;
    this.#thread = thread;
  }

  /**
   * A compact JWS (RFC 7515 §7.1) over `claims`, with `alg`, `kid` and `typ` in its header.
   *
   * `typ` comes from the code, never from a request. Throws `BrokerError('invalid_request')` when
   * the token would be longer than anyone here takes.
   */
  async sign(typ: string, claims: object): Promise<string> {
    let header = this.#headers.get(typ);
    if (header === undefined) {
      header = headerSegment(this.algorithm, this.id, typ);
      this.#headers.set(typ, header);
    }
    const payload = Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url');
    const signingInput = `${header}.${payload}`;
    if (signingInput.length > MAX_TOKEN_LENGTH - LONGEST_SIGNATURE) {
      throw new BrokerError('invalid_request', 'What the token should carry is too long.');
    }
    return `${signingInput}.${await this.#signature(signingInput)}`;
  }

  #signature(signingInput: string): string | Promise<string> {
    if (this.algorithm === 'HS256') {
      return createHmac('sha256', this.#privateKey).update(signingInput).digest('base64url');
    }
    // A signature takes longer than all else that a mint takes here.
    return this.#thread.sign(this.#privateKey, signingInput);
  }
}
