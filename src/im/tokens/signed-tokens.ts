import { LRUCache } from 'lru-cache';
import type { SignatureRefusal, VerifiedJws, VerifyToken } from '../../keys/verify-token.js';
import type { ControlView } from '../../ledger/control-view.js';
import { FrequentUser } from '../../ledger/current-users.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import {
  type AdminTokenClaims,
  asAdminToken,
  asUserToken,
  type UserTokenClaims,
} from './token-claims.js';

/** A user's token whose signature is good. Nothing else about it has been judged. */
export interface SignedUserToken {
  readonly kind: 'user';
  /** The token's whole text. */
  readonly token: string;
  readonly claims: UserTokenClaims;
  readonly keyId: string;
  /** Whose it is. */
  readonly user: FrequentUser;
}

/** An admin's token whose signature is good. Nothing else about it has been judged. */
export interface SignedAdminToken {
  readonly kind: 'admin';
  /** The token's whole text. */
  readonly token: string;
  readonly claims: AdminTokenClaims;
  readonly keyId: string;
}

export type SignedToken = SignedUserToken | SignedAdminToken;

/**
 * The first steps of every check: form, key, signature. What was found good is remembered with the
 * token's whole text, so that a token seen before costs one look-up. Bounded; the least recently
 * used are forgotten.
 */
export class SignedTokens {
  readonly #seen: LRUCache<number, SignedToken>;

  constructor(
    private readonly signatures: VerifyToken,
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    max: number,
  ) {
    this.#seen = new LRUCache({ max });
  }

  /** The token if it was seen before: the quick way. */
  seen(token: string): SignedToken | undefined {
    const seen = this.#seen.get(placeOf(token));
    // The whole text counts: a signature can be copied behind other claims.
    return seen?.token === token ? seen : undefined;
  }

  /**
   * The token's content, or why it can't be had; see {@link VerifyToken.verify}.
   */
  async verify(token: string): Promise<SignedToken | SignatureRefusal> {
    const verified = await this.signatures.verify(token);
    if (typeof verified === 'string') return verified;
    const signed = contentOf(token, verified);
    if (signed === undefined) return 'malformed';
    // As with keys: a broker that just started may sign as an issuer that isn't known here yet.
    if (!this.control.isIssuer(signed.claims.iss)) await this.follower.readAfterNow();
    this.#seen.set(placeOf(token), signed);
    return signed;
  }

  /** See {@link VerifyToken.keyIdOf}. */
  keyIdOf(token: string): string | undefined {
    return this.signatures.keyIdOf(token);
  }

  /** See {@link VerifyToken.isKeyRevoked}. */
  isKeyRevoked(keyId: string): boolean {
    return this.signatures.isKeyRevoked(keyId);
  }

  /** See {@link VerifyToken.isKeyRemoved}. */
  isKeyRemoved(keyId: string): boolean {
    return this.signatures.isKeyRemoved(keyId);
  }
}

/** Characters of the signature, at its end, that tell where a token is remembered. */
const PLACED_BY = 8;

/**
 * Where a token is remembered: 30 bits of its signature, so as good as chance. Two tokens that
 * share a place take turns in it.
 */
function placeOf(token: string): number {
  let place = 0;
  for (let at = token.length - PLACED_BY; at < token.length; at += 1) {
    place = Math.imul(place, 67) + token.charCodeAt(at);
  }
  // A small integer to V8, so looked up without a hash of text.
  return place & 0x3fff_ffff;
}

/** An app's own key signs for that app only, and only user tokens. */
function contentOf(token: string, { parsed, key }: VerifiedJws): SignedToken | undefined {
  const user = asUserToken(parsed);
  if (user !== undefined) {
    const mayBe = key.ring === 'shared' || key.ring === `app:${user.aud}`;
    if (!mayBe) return undefined;
    const frequent = new FrequentUser(user.aud, user.sub);
    return { kind: 'user', token, claims: user, keyId: key.id, user: frequent };
  }
  const admin = asAdminToken(parsed);
  if (admin === undefined || key.ring !== 'shared') return undefined;
  return { kind: 'admin', token, claims: admin, keyId: key.id };
}
