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
import { rotated, type RefreshUse, useOf, waitOf } from './refresh-chain.js';
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
  /** The caller's name for its device; empty: it gave none. */
  readonly deviceId: string;
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
  /** It was refreshed so often that it has to wait, in seconds. */
  | { readonly kind: 'too_often'; readonly wait: number }
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
 * its session, for then two hold it. A session that is refreshed more often than all of that can be
 * kept for has to wait.
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
   * `invalid_dpop_proof`, `rate_limited` for a session that was refreshed too often, and those of `GroupCommit.submit`.
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

  async #read(
    { client, deviceId, jkt }: RefreshRequest,
    token: RefreshToken,
  ): Promise<BusinessSession> {
    const record = await this.accounts.read({ appId: client.appId, accountId: token.accountId });
    const session = workingBusinessSession(record, token.sessionId, this.clock.nowSeconds());
    if (session === undefined || session.clientId !== client.id) throw refused();
    if (isAnotherDevice(session, deviceId)) throw refused();
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
    if (use.kind === 'forged') throw refused();
    if (use.kind === 'reused') return this.#endReused(request, token, seen);
    if (use.kind === 'replayed') return this.#replay(request, token, seen, use.answer);

    const successor = await this.#successor(request.client.appId, token, seen);
    const { result } = await this.commits.submit<Outcome>({
      appId: request.client.appId,
      accountIds: [token.accountId],
      userIds: [],
      decide: (draft) => this.#decide(draft, token, seen, successor),
    });
    if (result.kind === 'refused') throw refused();
    if (result.kind === 'reused') return this.#endReused(request, token, seen);
    if (result.kind === 'too_often') throw tooOften(result.wait);
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
    if (use.kind === 'forged') return { kind: 'refused' };
    if (use.kind !== 'current') return use;
    const wait = waitOf(session.refresh, draft.now);
    if (wait > 0) return { kind: 'too_often', wait };
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

  /**
   * Ends the session of a token that two hold, once that is seen under the lock. There the ledger's
   * clock counts: a token that is still within its grace gets its answer.
   */
  async #endReused(
    request: RefreshRequest,
    token: RefreshToken,
    seen: BusinessSession,
  ): Promise<SessionTokens> {
    const { client } = request;
    const { accountId, sessionId } = token;
    const use = await this.commits.submitAndTell<RefreshUse | undefined>({
      appId: client.appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const account = draft.account(accountId);
        const session = workingBusinessSession(account, sessionId, draft.now);
        if (account === undefined || session === undefined) return undefined;
        const now = useOf(session.refresh, token, draft.now);
        if (now.kind !== 'reused') return now;
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
        return now;
      },
    });
    if (use?.kind === 'replayed') return this.#replay(request, token, seen, use.answer);
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

/** A name proves nothing: this stops a token that was copied unawares, not a thief. */
function isAnotherDevice(session: BusinessSession, deviceId: string): boolean {
  return deviceId !== '' && session.deviceId !== '' && deviceId !== session.deviceId;
}

function tooOften(seconds: number): BrokerError {
  const detail = `the session was refreshed too often; try again in ${seconds} seconds`;
  return new BrokerError('rate_limited', detail, { retryAfterSeconds: seconds });
}

/** The same words whatever was wrong. */
function refused(): BrokerError {
  return new BrokerError('invalid_grant', 'the refresh token does not work');
}
