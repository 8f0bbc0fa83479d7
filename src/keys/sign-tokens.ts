import type { ReserveExpiry } from './reserve-expiry.js';

/** Signs tokens with the active key of a ring, which is kept for as long as they live. */
export class SignTokens {
  constructor(private readonly reservations: ReserveExpiry) {}

  /**
   * A compact JWS over `claims`; see `SigningKey.sign`. `exp` is in Unix seconds. Errors: those of
   * both, `ReserveExpiry.keyFor` and `SigningKey.sign`.
   */
  sign(ring: string, typ: string, claims: { readonly exp: number }): Promise<string> {
    const key = this.reservations.keyFor(ring, claims.exp);
    return key instanceof Promise
      ? key.then((reserved) => reserved.sign(typ, claims))
      : key.sign(typ, claims);
  }
}
