import { createHash, randomUUID } from 'node:crypto';
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose';

/** What a proof is made for. */
export interface ProvenRequest {
  readonly method: string;
  /** As it is known outside. */
  readonly url: string;
  /** The token that is shown with it to a protected call. */
  readonly accessToken?: string;
  /** (a new one) */
  readonly jti?: string;
  /** Unix seconds (now). */
  readonly iat?: number;
}

/** A client's key for DPoP (RFC 9449), which never leaves it. */
export class DpopKey {
  private constructor(
    private readonly key: CryptoKey,
    private readonly jwk: JWK,
    /** Its thumbprint. */
    readonly jkt: string,
  ) {}

  static async make(): Promise<DpopKey> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    return new DpopKey(privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  /** The header `DPoP` of one request. */
  proof({ method, url, accessToken, jti = randomUUID(), iat }: ProvenRequest): Promise<string> {
    const ath =
      accessToken === undefined
        ? {}
        : { ath: createHash('sha256').update(accessToken).digest('base64url') };
    return new SignJWT({ htm: method, htu: url, jti, ...ath })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk })
      .setIssuedAt(iat)
      .sign(this.key);
  }
}
