import { hash } from 'node:crypto';
import type { ReplayGuard } from '../../ports/replay-guard.port.js';
import type { LedgerClock } from '../ledger-clock.js';
import { readProof, refusedProof } from './read-proof.js';
import { comparableUrl } from './same-url.js';

export { DPOP_ALGORITHMS } from './read-proof.js';

export interface ShownProof {
  /** The header `DPoP` as it came: one value, or more, or none. */
  readonly proof: string | readonly string[] | undefined;
  readonly method: string;
  /**
   * As it is known outside: `server.publicUrl` and the path. What the Host header says is the
   * sender's own word, and behind a proxy it is not what the client saw.
   */
  readonly url: string;
  /** The access token that is shown together with it. */
  readonly accessToken?: string;
}

/** A proof that is right but for having been used, perhaps. */
export interface GoodProof {
  readonly jkt: string;
  spend(): Promise<void>;
}

/** How far a proof's `iat` may lie from the ledger's clock. */
const WINDOW_SECONDS = 60;
/** How far two brokers may be apart in what they take for the ledger's clock. */
const CLOCKS_APART_SECONDS = 5;
const MAX_JTI = 256;

/**
 * Checks DPoP proofs (RFC 9449 §4.3): that who sends a request has the key that its tokens are
 * bound to, and that the proof was made for this request and is used once. No nonces are given out,
 * so none is asked for (step 10).
 */
export class CheckDpopProof {
  constructor(
    private readonly replays: ReplayGuard,
    private readonly clock: Pick<LedgerClock, 'nowMs'>,
  ) {}

  /**
   * The thumbprint of the proof's key (RFC 7638, SHA-256); that it is the one that a token is bound
   * to is for the caller to compare. Throws `invalid_dpop_proof`; `limiter_unavailable` where it
   * can't be told whether the proof was used before.
   */
  async check(shown: ShownProof): Promise<string> {
    const proof = await this.read(shown);
    await proof.spend();
    return proof.jkt;
  }

  /**
   * The same for who looks at a token before the proof is spent, which costs memory of every broker:
   * `spend` throws where the proof was used before, and nothing may come of a request till then.
   */
  async read({ proof, method, url, accessToken }: ShownProof): Promise<GoodProof> {
    const { jkt, claims } = await readProof(onlyValue(proof));
    if (claims['htm'] !== method) throw refusedProof('its htm is not the method of the request');
    if (!isSameUrl(claims['htu'], url)) throw refusedProof('its htu is not the URL of the request');
    this.#requireFresh(claims['iat']);
    requireTokenHash(claims['ath'], accessToken);
    return { jkt, spend: () => this.#requireFirstUse(jkt, claims['jti']) };
  }

  #requireFresh(iat: unknown): void {
    const now = this.clock.nowMs() / 1000;
    if (typeof iat !== 'number' || Math.abs(now - iat) > WINDOW_SECONDS) {
      throw refusedProof('its iat is not within a minute of now');
    }
  }

  /**
   * Last, so that only good proofs are remembered. By key and `jti`, whatever else the proof says:
   * its text or signature can be written in more than one way, and a key that makes two proofs with
   * one `jti` is at fault. A thumbprint holds no blank, so the two can't be mistaken.
   */
  async #requireFirstUse(jkt: string, jti: unknown): Promise<void> {
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) {
      throw refusedProof(`its jti is no text of 1 to ${MAX_JTI} characters`);
    }
    // For as long as any broker could take it: from a minute before its iat to a minute after.
    const seconds = 2 * WINDOW_SECONDS + CLOCKS_APART_SECONDS;
    const isFirst = await this.replays.firstUse(`dpop ${jkt} ${jti}`, seconds);
    if (!isFirst) throw refusedProof('it was used before');
  }
}

/** Node joins headers of the same name with a comma, which no proof holds. */
function onlyValue(proof: ShownProof['proof']): string {
  const values = [proof ?? []].flat().flatMap((value) => value.split(','));
  const [text] = values;
  if (text === undefined || values.length > 1) throw refusedProof('there must be exactly one');
  return text.trim();
}

function isSameUrl(htu: unknown, url: string): boolean {
  const shown = typeof htu === 'string' ? comparableUrl(htu) : undefined;
  return shown !== undefined && shown === comparableUrl(url);
}

function requireTokenHash(ath: unknown, accessToken: string | undefined): void {
  if (accessToken === undefined) return;
  if (ath !== hash('sha256', accessToken, 'base64url')) {
    throw refusedProof('its ath is not the hash of the access token');
  }
}
