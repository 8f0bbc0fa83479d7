import type { FeedFollower } from '../ledger/feed-follower.js';
import type { ParsedJws } from './jws.js';
import type { KeyView } from './key-view.js';
import { parseJws } from './parse-jws.js';
import { type VerificationKey, verifySignature } from './verification-key.js';

/** A token of a key of ours whose signature is good. Nothing else about it has been judged. */
export interface VerifiedJws {
  readonly parsed: ParsedJws;
  readonly key: VerificationKey;
}

export type SignatureRefusal = 'malformed' | 'unknown_key' | 'bad_signature' | 'expired';

/** RFC 7638 thumbprints, and the random ids of HS256 keys. */
const KEY_ID = /^[\w-]{16,64}$/;

/** The first steps of every check, whatever kind of token it is: form, key, signature. */
export class VerifyToken {
  constructor(
    private readonly keys: KeyView,
    private readonly follower: FeedFollower,
  ) {}

  /**
   * The token's content, or why it can't be had. A key that isn't known here may have been made on
   * another broker a moment ago, so the feed is read before the answer is `unknown_key`.
   */
  async verify(token: string): Promise<VerifiedJws | SignatureRefusal> {
    const parsed = parseJws(token, this.keys.headers);
    if (parsed === undefined) return 'malformed';
    const { kid } = parsed.header;
    const key = this.keys.verifier(kid) ?? (await this.#unknownKey(kid));
    if (key === undefined) return this.keys.hasForgotten(kid) ? 'expired' : 'unknown_key';
    if (!verifySignature(parsed, key)) return 'bad_signature';
    return { parsed, key };
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
