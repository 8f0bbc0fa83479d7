import { hash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  CompactSign,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose';
import type { ShownProof } from '../../../../src/business-auth/dpop/check-dpop-proof.js';

export const URL_OF_CALL = 'https://login.example.com/v1/auth/refresh';

/** A client that can make any proof, right or wrong. */
export class ProofMaker {
  private constructor(
    private readonly alg: string,
    readonly privateKey: CryptoKey,
    readonly jwk: JWK,
    readonly privateJwk: JWK,
    /** The key's thumbprint. */
    readonly jkt: string,
  ) {}

  static async of(alg: string, modulusLength = 2048): Promise<ProofMaker> {
    const { publicKey, privateKey } = await generateKeyPair(alg, {
      extractable: true,
      modulusLength,
    });
    const jwk = await exportJWK(publicKey);
    const jkt = await calculateJwkThumbprint(jwk);
    return new ProofMaker(alg, privateKey, jwk, await exportJWK(privateKey), jkt);
  }

  /** A proof that is right at `nowMs` but for what is given; a member of `undefined` is left out. */
  make(
    nowMs: number,
    { claims = {}, header = {} }: { claims?: object; header?: object } = {},
  ): Promise<string> {
    return this.sign(
      JSON.stringify({
        jti: crypto.randomUUID(),
        htm: 'POST',
        htu: URL_OF_CALL,
        iat: Math.floor(nowMs / 1000),
        ...claims,
      }),
      header,
    );
  }

  /** Anything, signed as a proof. */
  sign(payload: string | Uint8Array, header: object = {}): Promise<string> {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    return new CompactSign(bytes)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: this.alg, jwk: this.jwk, ...header })
      .sign(this.privateKey, { crit: { x: true } });
  }
}

/** A proof as it comes with a call of {@link URL_OF_CALL}. */
export function shown(proof: ShownProof['proof'], accessToken?: string): ShownProof {
  const call = { proof, method: 'POST', url: URL_OF_CALL };
  return accessToken === undefined ? call : { ...call, accessToken };
}

/** What `ath` is of a token. */
export function hashOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url');
}

/** Segments put together as a compact JWS, encoded where they are objects. */
export function compact(header: unknown, payload: unknown, signature: string): string {
  return [header, payload].map(encoded).join('.') + `.${signature}`;
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url');
}
