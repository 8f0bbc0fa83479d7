import { BrokerError } from '../../common/errors.js';
import { sessionIdOfToken } from '../../common/ids.js';
import type { UserTarget } from '../../ports/revocation.js';
import type { UserLedger } from '../../ports/user-ledger.port.js';
import type { SignedTokens } from '../tokens/signed-tokens.js';

type OneSession = Extract<UserTarget, { type: 'token' | 'session' }>;

/** Finds what a token, a token id or a session id stands for. */
export class FindSession {
  constructor(
    private readonly signed: SignedTokens,
    private readonly ledger: UserLedger,
  ) {}

  /** Throws `session_unknown`, also for what is another app's. */
  async byId(appId: string, sessionId: string): Promise<OneSession> {
    const userId = await this.#owner(appId, sessionId);
    return { type: 'session', userId, sessionId };
  }

  /** By a token's `jti`. Throws `session_unknown`. */
  async byTokenId(appId: string, tokenId: string): Promise<OneSession> {
    const userId = await this.#owner(appId, sessionIdOfToken(tokenId));
    return { type: 'token', userId, tokenId };
  }

  /**
   * By a user token, expired or not. Throws `session_unknown` for one that is not this app's or not
   * good.
   */
  async byToken(appId: string, token: string): Promise<OneSession> {
    const signed = this.signed.seen(token) ?? (await this.signed.verify(token));
    if (typeof signed === 'string' || signed.kind !== 'user' || signed.claims.aud !== appId) {
      throw unknown();
    }
    return this.byTokenId(appId, signed.claims.jti);
  }

  async #owner(appId: string, sessionId: string): Promise<string> {
    const userId = await this.ledger.findSessionOwner(appId, sessionId);
    if (userId === undefined) throw unknown();
    return userId;
  }
}

function unknown(): BrokerError {
  return new BrokerError('session_unknown', 'there is no such session');
}
