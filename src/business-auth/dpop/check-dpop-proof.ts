import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, EmbeddedJWK, type JWK } from 'jose';
import { type Clock, toUnixSeconds } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import type { ReplayGuard } from '../../ports/replay-guard.port.js';

/** Asymmetric ones only (RFC 9449 §4.2). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const;

export interface ShownProof {
  /** The header `DPoP` as it came: one value, or more. */
  readonly proof: string | readonly string[];
  readonly method: string;
  /** As it is known outside, without query and fragment. */
  readonly url: string;
  /** The access token that is shown together with it. */
  readonly accessToken?: string;
}

interface Proof {
  readonly jwk: JWK;
  readonly claims: Readonly<Record<string, unknown>>;
}

const MAX_CHARACTERS = 8192;
/** How far a proof's `iat` may lie from the broker's clock. */
const WINDOW_SECONDS = 60;
const MAX_JTI = 256;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];

/**
 * Checks DPoP proofs (RFC 9449 §4.3): that who sends a request has the key that its tokens are
 * bound to, and that the proof was made for this request and is used once.
 */
export class CheckDpopProof {
  constructor(
    private readonly replays: ReplayGuard,
    private readonly clock: Clock,
  ) {}

  /**
   * The thumbprint of the proof's key (RFC 7638). Throws `invalid_dpop_proof`; `limiter_unavailable`
   * where it can't be told whether it was used before.
   */
  async check({ proof, method, url, accessToken }: ShownProof): Promise<string> {
    const text = single(proof);
    const { jwk, claims } = await verified(text);
    if (claims['htm'] !== method) throw refused('htm is not the method of the request');
    if (!isSameUrl(claims['htu'], url)) throw refused('htu is not the URL of the request');
    this.#requireFresh(claims['iat']);
    requireTokenHash(claims['ath'], accessToken);
    const jkt = await calculateJwkThumbprint(jwk);
    await this.#requireFirstUse(jkt, claims['jti']);
    return jkt;
  }

  #requireFresh(iat: unknown): void {
    const now = toUnixSeconds(this.clock.nowMs());
    if (typeof iat !== 'number' || Math.abs(now - iat) > WINDOW_SECONDS) {
      throw refused('iat is not within a minute of now');
    }
  }

  /** Last, so that only good proofs are remembered. */
  async #requireFirstUse(jkt: string, jti: unknown): Promise<void> {
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) {
      throw refused('jti must be a text of 1 to 256 characters');
    }
    // For as long as its iat could be taken, from the earliest to the latest.
    const first = await this.replays.firstUse(`dpop ${jkt} ${jti}`, 2 * WINDOW_SECONDS + 1);
    if (!first) throw refused('this proof was used before');
  }
}

function single(proof: string | readonly string[]): string {
  const values = typeof proof === 'string' ? proof.split(',') : proof;
  const [text] = values;
  if (text === undefined || values.length !== 1) throw refused('there must be one proof');
  if (text.length > MAX_CHARACTERS) throw refused('the proof is too long');
  return text.trim();
}

/** Form, type, algorithm, key and signature. */
async function verified(text: string): Promise<Proof> {
  try {
    const { payload, protectedHeader } = await compactVerify(text, EmbeddedJWK, {
      algorithms: [...DPOP_ALGORITHMS],
    });
    const { jwk, typ } = protectedHeader;
    if (typ !== 'dpop+jwt' || jwk === undefined) throw refused(BAD);
    if (PRIVATE_MEMBERS.some((member) => member in jwk)) throw refused(BAD);
    const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
    if (typeof claims !== 'object' || claims === null) throw refused(BAD);
    return { jwk, claims: claims as Proof['claims'] };
  } catch (cause) {
    throw refused(BAD, cause);
  }
}

const BAD = 'it is no proof that is signed by the public key in it';

/** Compared as RFC 3986 §6.2.2 and §6.2.3 say; query and fragment do not count. */
function isSameUrl(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string') return false;
  const [shown, asked] = [URL.parse(htu), URL.parse(url)];
  if (shown === null || asked === null) return false;
  return shown.origin === asked.origin && shown.pathname === asked.pathname;
}

function requireTokenHash(ath: unknown, accessToken: string | undefined): void {
  if (accessToken === undefined) return;
  const hash = createHash('sha256').update(accessToken).digest('base64url');
  if (ath !== hash) throw refused('ath is not the hash of the access token');
}

function refused(why: string, cause?: unknown): BrokerError {
  return new BrokerError('invalid_dpop_proof', `the DPoP proof is refused: ${why}`, { cause });
}
