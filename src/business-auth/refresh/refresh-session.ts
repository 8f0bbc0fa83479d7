import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import {
  type AccountRecord,
  type BusinessSession,
  workingBusinessSession,
} from '../../ports/account-record.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { SessionTokens } from '../login/admit-login.js';
import { withoutSessions } from '../sessions/end-sessions.js';
import type { IssueAccessToken } from '../tokens/issue-access-token.js';
import { rotated, useOf } from './refresh-chain.js';
import {
  newRefreshToken,
  parseRefreshToken,
  type RefreshToken,
  refreshTokenHash,
} from './refresh-token.js';
import { openAnswer, type RefreshAnswer, sealAnswer } from './sealed-answer.js';

export interface RefreshRequest {
  /** Proven. */
  readonly client: ClientRow;
  readonly refreshToken: string;
  /** Thumbprint of the key that the caller proved to have; empty: none. */
  readonly jkt: string;
}

export interface RefreshOptions {
  readonly refreshTtlSeconds: number;
  readonly graceSeconds: number;
}

/** What became of a token under the lock. */
type Outcome =
  | { readonly kind: 'rotated' }
  | { readonly kind: 'replayed'; readonly answer: string }
  /** The session has changed since its answer was made. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused' };

const MAX_TRIES = 5;

/**
 * Refreshes a session: its refresh token is spent, another takes its place, with a new access
 * token (RFC 6749 §6, rotation as RFC 9700 §4.14.2 wants it).
 *
 * One token has one successor, however often and wherever it is shown: the ledger decides that
 * under the account's lock, and a token shown again gets the very answer of the first time, stored
 * encrypted, until its successor has been used and for the grace after that. Shown later, it ends
 * its session, for then two hold it. Of a session that is refreshed more than four times within the
 * grace, the older answers are gone: their tokens are refused, and end nothing.
 */
export class RefreshSession {
  constructor(
    private readonly accounts: AccountReader,
    private readonly commits: GroupCommit,
    private readonly tokens: IssueAccessToken,
    private readonly clock: LedgerClock,
    private readonly entropy: Entropy,
    private readonly options: RefreshOptions,
  ) {}

  /**
   * Errors: `invalid_grant` for whatever is no working refresh token of this client,
   * `invalid_dpop_proof`, and those of `GroupCommit.submit`.
   */
  async refresh(request: RefreshRequest): Promise<SessionTokens> {
    const token = parseRefreshToken(request.refreshToken);
    if (token === undefined) throw refused();
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const seen = await this.#read(request, token);
      const refreshed = await this.#attempt(request, token, seen);
      if (refreshed !== undefined) return refreshed;
    }
    throw new BrokerError('overloaded', 'the session is being changed elsewhere; try again');
  }

  async #read({ client, jkt }: RefreshRequest, token: RefreshToken): Promise<BusinessSession> {
    const record = await this.accounts.read({ appId: client.appId, accountId: token.accountId });
    const session = workingBusinessSession(record, token.sessionId, this.clock.nowSeconds());
    if (session === undefined || session.clientId !== client.id) throw refused();
    if (session.jkt !== '' && session.jkt !== jkt) {
      throw new BrokerError(
        'invalid_dpop_proof',
        'the refresh token is bound to a key that was not proven',
      );
    }
    return session;
  }

  async #attempt(
    request: RefreshRequest,
    token: RefreshToken,
    seen: BusinessSession,
  ): Promise<SessionTokens | undefined> {
    const use = useOf(seen.refresh, token, this.clock.nowSeconds());
    if (use.kind === 'forged' || use.kind === 'late') throw refused();
    if (use.kind === 'reused') return this.#endReused(request, token);
    if (use.kind === 'replayed') return this.#replay(request, token, seen, use.answer);

    const successor = await this.#successor(request.client.appId, token, seen);
    const { result } = await this.commits.submit<Outcome>({
      appId: request.client.appId,
      accountIds: [token.accountId],
      userIds: [],
      decide: (draft) => this.#decide(draft, token, seen, successor),
    });
    if (result.kind === 'refused') throw refused();
    if (result.kind === 'reused') return this.#endReused(request, token);
    if (result.kind === 'changed') return undefined;
    if (result.kind === 'replayed') return this.#replay(request, token, seen, result.answer);
    return this.#answerOf(token, seen, successor.answer);
  }

  /** The answer is made before the transaction, so that it can be stored with what it decides. */
  async #successor(appId: string, token: RefreshToken, seen: BusinessSession) {
    const { accountId, sessionId } = token;
    const { family } = seen.refresh;
    const refreshToken = newRefreshToken(this.entropy, { accountId, sessionId, family });
    const access = await this.tokens.issue(appId, accountId, seen, this.clock.nowSeconds());
    const answer: RefreshAnswer = { ...access, refreshToken };
    const sealed = sealAnswer(token, answer, this.entropy);
    return { hash: refreshTokenHash(refreshToken), answer, sealed };
  }

  #decide(
    draft: UserDraft,
    token: RefreshToken,
    seen: BusinessSession,
    successor: { readonly hash: string; readonly sealed: string },
  ): Outcome {
    const account = draft.account(token.accountId);
    const session = workingBusinessSession(account, token.sessionId, draft.now);
    if (account === undefined || session === undefined) return { kind: 'refused' };
    const use = useOf(session.refresh, token, draft.now);
    if (use.kind === 'forged' || use.kind === 'late') return { kind: 'refused' };
    if (use.kind !== 'current') return use;
    if (session.authTime !== seen.authTime || session.acr !== seen.acr) return { kind: 'changed' };

    const { refreshTtlSeconds, graceSeconds } = this.options;
    const next = { hash: successor.hash, answer: successor.sealed };
    const refreshed: BusinessSession = {
      ...session,
      lastUsedAt: draft.now,
      expiresAt: draft.now + refreshTtlSeconds,
      refresh: rotated(session.refresh, next, draft.now, graceSeconds),
    };
    draft.putAccount(token.accountId, withSession(account, refreshed));
    return { kind: 'rotated' };
  }

  async #replay(
    { client }: RefreshRequest,
    token: RefreshToken,
    session: BusinessSession,
    sealed: string,
  ): Promise<SessionTokens> {
    const answer = openAnswer(token, sealed);
    if (answer.expiresAt > this.clock.nowSeconds()) return this.#answerOf(token, session, answer);
    // The refresh token is what must not branch; an access token that has expired helps nobody.
    const access = await this.tokens.issue(
      client.appId,
      token.accountId,
      session,
      this.clock.nowSeconds(),
    );
    return this.#answerOf(token, session, { ...access, refreshToken: answer.refreshToken });
  }

  #answerOf(
    { accountId }: RefreshToken,
    session: BusinessSession,
    { accessToken, expiresAt, refreshToken }: RefreshAnswer,
  ): SessionTokens {
    const expiresIn = expiresAt - this.clock.nowSeconds();
    return { accountId, session, accessToken, expiresAt, expiresIn, refreshToken };
  }

  /** Ends the session of a token that two hold, once that is seen under the lock. */
  async #endReused({ client }: RefreshRequest, token: RefreshToken): Promise<never> {
    const { accountId, sessionId } = token;
    await this.commits.submitAndTell({
      appId: client.appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const account = draft.account(accountId);
        const session = workingBusinessSession(account, sessionId, draft.now);
        if (account === undefined || session === undefined) return;
        if (useOf(session.refresh, token, draft.now).kind !== 'reused') return;
        const order = {
          type: 'refresh_token.reused',
          security: true as const,
          actor: '',
          detail: { sessionId, clientId: client.id },
        };
        const isIt = ({ id }: BusinessSession) => id === sessionId;
        draft.putAccount(
          accountId,
          withoutSessions(draft, accountId, account, isIt, order, this.entropy),
        );
      },
    });
    throw refused();
  }
}

function withSession(account: AccountRecord, changed: BusinessSession): AccountRecord {
  return {
    ...account,
    version: account.version + 1,
    sessions: account.sessions.map((other) => (other.id === changed.id ? changed : other)),
  };
}

/** The same words whatever was wrong. */
function refused(): BrokerError {
  return new BrokerError('invalid_grant', 'the refresh token does not work');
}
