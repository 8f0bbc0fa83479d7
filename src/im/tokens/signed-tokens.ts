import { LRUCache } from 'lru-cache';
import type { TokenRefusal } from '../../common/errors.js';
import type { KeyView } from '../../keys/key-view.js';
import type { ParsedJws } from '../../keys/jws.js';
import { parseJws } from '../../keys/parse-jws.js';
import type { VerificationKey } from '../../keys/verification-key.js';
import { verifySignature } from '../../keys/verification-key.js';
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

export type SignatureRefusal = Extract<
  TokenRefusal,
  'malformed' | 'unknown_key' | 'bad_signature' | 'expired'
>;

/**
 * The first steps of every check: form, key, signature. What was found good is remembered with the
 * token's whole text, so that a token seen before costs one look-up. Bounded; the least recently
 * used are forgotten.
 */
export class SignedTokens {
  readonly #seen: LRUCache<number, SignedToken>;

  constructor(
    private readonly keys: KeyView,
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
   * The token's content, or why it can't be had. A key that isn't known here may have been made on
   * another broker a moment ago, so the feed is read before the answer is `unknown_key`.
   */
  async verify(token: string): Promise<SignedToken | SignatureRefusal> {
    const parsed = parseJws(token, this.keys.headers);
    if (parsed === undefined) return 'malformed';
    const { kid } = parsed.header;
    const key = this.keys.verifier(kid) ?? (await this.#unknownKey(kid));
    if (key === undefined) return this.keys.hasForgotten(kid) ? 'expired' : 'unknown_key';
    if (!verifySignature(parsed, key)) return 'bad_signature';
    const signed = contentOf(token, parsed, key);
    if (signed === undefined) return 'malformed';
    // As with keys: a broker that just started may sign as an issuer that isn't known here yet.
    if (!this.control.isIssuer(signed.claims.iss)) await this.follower.readAfterNow();
    this.#seen.set(placeOf(token), signed);
    return signed;
  }

  /** The key that a token names, whatever else is wrong with it; undefined: none that could be ours. */
  keyIdOf(token: string): string | undefined {
    const keyId = parseJws(token, this.keys.headers)?.header.kid;
    return keyId !== undefined && KEY_ID.test(keyId) ? keyId : undefined;
  }

  /** Whether the key that signed a token has been revoked since. */
  isKeyRevoked(keyId: string): boolean {
    return this.keys.verifier(keyId)?.revoked !== false;
  }

  /**
   * Whether all that the key signed has expired. What it seems to have signed for longer is a
   * forgery: a removed key is known only for its old tokens to be told from others.
   */
  isKeyRemoved(keyId: string): boolean {
    return this.keys.verifier(keyId)?.removed ?? this.keys.hasForgotten(keyId);
  }

  async #unknownKey(keyId: string): Promise<VerificationKey | undefined> {
    // A kid that none of our keys could have is not worth a look at the ledger.
    if (!KEY_ID.test(keyId) || this.keys.hasForgotten(keyId)) return undefined;
    await this.follower.readAfterNow();
    return this.keys.verifier(keyId);
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

/** RFC 7638 thumbprints, and the random ids of HS256 keys. */
const KEY_ID = /^[\w-]{16,64}$/;

/** An app's own key signs for that app only, and only user tokens. */
function contentOf(
  token: string,
  parsed: ParsedJws,
  key: VerificationKey,
): SignedToken | undefined {
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
