import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountRecord, AccountRef, BusinessSession } from '../../ports/account-record.js';
import type { Guessing } from '../guessing/guessing.js';
import {
  openSession,
  type OpenedSession,
  type SessionBounds,
  type SessionRequest,
} from '../sessions/open-session.js';
import type { IssueAccessToken } from '../tokens/issue-access-token.js';

/** What a login yields. */
export interface SessionTokens {
  readonly accountId: string;
  readonly session: BusinessSession;
  readonly accessToken: string;
  /** Of the access token: Unix seconds. */
  readonly expiresAt: number;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

export interface ProvenLogin {
  readonly account: AccountRef;
  /** `AccountRecord.credentials` as it was when the person was proven. */
  readonly credentials: number;
  readonly request: SessionRequest;
  /**
   * What the login changes besides, under the lock: a code is spent. Throwing abandons the login.
   */
  readonly alsoChange?: (account: AccountRecord) => AccountRecord;
}

/** Opens the session of a person who has been proven. */
export class AdmitLogin {
  constructor(
    private readonly commits: GroupCommit,
    private readonly guessing: Guessing,
    private readonly tokens: IssueAccessToken,
    private readonly entropy: Entropy,
    private readonly bounds: SessionBounds,
  ) {}

  /**
   * Throws `rate_limited`, `limiter_unavailable`, and `invalid_login` where the account's credentials have changed since the proof: a
   * password that was changed meanwhile lets nobody in any more.
   */
  async admit({ account, credentials, request, alsoChange }: ProvenLogin): Promise<SessionTokens> {
    const { appId, accountId } = account;
    await this.guessing.session(account);
    const { result } = await this.commits.submit<OpenedSession>({
      appId,
      accountIds: [accountId],
      // Beyond the bound of sessions one ends, and what was born from it.
      userIds: [accountId],
      decide: (draft) => {
        const record = draft.account(accountId);
        if (record?.status !== 'active' || record.credentials !== credentials) {
          throw new BrokerError('invalid_login', 'the login is wrong');
        }
        const changed = alsoChange?.(record) ?? record;
        return openSession(draft, accountId, changed, request, this.bounds, this.entropy);
      },
    });
    return this.tokensOf(account, result);
  }

  /** The first tokens of a session that was opened. */
  async tokensOf({ appId, accountId }: AccountRef, opened: OpenedSession): Promise<SessionTokens> {
    const { session, refreshToken } = opened;
    const access = await this.tokens.issue(appId, accountId, session, session.startedAt);
    return { accountId, session, ...access, refreshToken };
  }
}
