import { createHmac, sign, type KeyObject } from 'node:crypto';
import { BrokerError } from '../common/errors.js';
import type { KeyAlgorithm } from '../ports/control-ledger.port.js';
import { headerSegment, MAX_TOKEN_LENGTH } from './jws.js';

/** The key that signs for a ring at the moment. Ask for it anew for every token. */
export class SigningKey {
  readonly #privateKey: KeyObject;
  /** Segments by `typ`, which is one of a handful. */
  readonly #headers = new Map<string, string>();

  /** `privateKey` is an EC P-256 private key for ES256, a secret key for HS256. */
  constructor(
    readonly id: string,
    readonly ring: string,
    readonly algorithm: KeyAlgorithm,
    privateKey: KeyObject,
  ) {
    this.#privateKey = privateKey;
  }

  /**
   * A compact JWS (RFC 7515 §7.1) over `claims`, with `alg`, `kid` and `typ` in its header.
   *
   * `typ` comes from the code, never from a request. Throws `BrokerError('invalid_request')` when
   * the token would be longer than anyone here takes.
   */
  sign(typ: string, claims: object): string {
    let header = this.#headers.get(typ);
    if (header === undefined) {
      header = headerSegment(this.algorithm, this.id, typ);
      this.#headers.set(typ, header);
    }
    const payload = Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url');
    const signingInput = `${header}.${payload}`;
    const token = `${signingInput}.${this.#signature(signingInput)}`;
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new BrokerError('invalid_request', 'What the token should carry is too long.');
    }
    return token;
  }

  #signature(signingInput: string): string {
    if (this.algorithm === 'HS256') {
      return createHmac('sha256', this.#privateKey).update(signingInput).digest('base64url');
    }
    // R ‖ S instead of DER (RFC 7518 §3.4).
    return sign('sha256', Buffer.from(signingInput, 'latin1'), {
      key: this.#privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url');
  }
}
