import { LRUCache } from 'lru-cache';
import type { TokenRefusal } from '../../common/errors.js';
import type { KeyView } from '../../keys/key-view.js';
import type { ParsedJws } from '../../keys/jws.js';
import { parseJws } from '../../keys/parse-jws.js';
import type { VerificationKey } from '../../keys/verification-key.js';
import { verifySignature } from '../../keys/verification-key.js';
import type { ControlView } from '../../ledger/control-view.js';
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
  readonly claims: UserTokenClaims;
  readonly keyId: string;
}

/** An admin's token whose signature is good. Nothing else about it has been judged. */
export interface SignedAdminToken {
  readonly kind: 'admin';
  readonly claims: AdminTokenClaims;
  readonly keyId: string;
}

export type SignedToken = SignedUserToken | SignedAdminToken;

/** A token that was seen, found by the end of its text. */
interface Seen {
  readonly token: string;
  readonly signed: SignedToken;
}

/** Characters that a token is looked up by: part of its signature, so as good as chance. */
const LOOKED_UP_BY = 43;

export type SignatureRefusal = Extract<TokenRefusal, 'malformed' | 'unknown_key' | 'bad_signature'>;

/**
 * The first steps of every check: form, key, signature. What was found good is remembered with the
 * token's whole text, so that a token seen before costs one look-up. Bounded; the least recently
 * used are forgotten.
 */
export class SignedTokens {
  readonly #seen: LRUCache<string, Seen>;

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
    const seen = this.#seen.get(token.slice(-LOOKED_UP_BY));
    // The whole text counts: a signature can be copied behind other claims.
    return seen?.token === token ? seen.signed : undefined;
  }

  /**
   * The token's content, or why it can't be had. A key that isn't known here may have been made on
   * another broker a moment ago, so the feed is read before the answer is `unknown_key`.
   */
  async verify(token: string): Promise<SignedToken | SignatureRefusal> {
    const parsed = parseJws(token, this.keys.headers);
    if (parsed === undefined) return 'malformed';
    const key = await this.#key(parsed.header.kid);
    if (key === undefined) return 'unknown_key';
    if (!verifySignature(parsed, key)) return 'bad_signature';
    const signed = contentOf(parsed, key);
    if (signed === undefined) return 'malformed';
    // As with keys: a broker that just started may sign as an issuer that isn't known here yet.
    if (!this.control.isIssuer(signed.claims.iss)) await this.follower.readAfterNow();
    this.#seen.set(token.slice(-LOOKED_UP_BY), { token, signed });
    return signed;
  }

  /** The key that a token names, whatever else is wrong with it. */
  keyIdOf(token: string): string | undefined {
    return parseJws(token, this.keys.headers)?.header.kid;
  }

  /** Whether the key that signed a token has been revoked since. */
  isKeyRevoked(keyId: string): boolean {
    return this.keys.verifier(keyId)?.revoked !== false;
  }

  async #key(keyId: string): Promise<VerificationKey | undefined> {
    const known = this.keys.verifier(keyId);
    // A kid that none of our keys could have is not worth a look at the ledger.
    if (known !== undefined || !KEY_ID.test(keyId)) return known;
    await this.follower.readAfterNow();
    return this.keys.verifier(keyId);
  }
}

/** RFC 7638 thumbprints, and the random ids of HS256 keys. */
const KEY_ID = /^[\w-]{16,64}$/;

/** An app's own key signs for that app only, and only user tokens. */
function contentOf(parsed: ParsedJws, key: VerificationKey): SignedToken | undefined {
  const user = asUserToken(parsed);
  if (user !== undefined) {
    const mayBe = key.ring === 'shared' || key.ring === `app:${user.aud}`;
    return mayBe ? { kind: 'user', claims: user, keyId: key.id } : undefined;
  }
  const admin = asAdminToken(parsed);
  if (admin === undefined || key.ring !== 'shared') return undefined;
  return { kind: 'admin', claims: admin, keyId: key.id };
}
