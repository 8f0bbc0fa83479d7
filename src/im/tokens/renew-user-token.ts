import { BrokerError, type TokenStatus } from '../../common/errors.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import { ACCOUNT_ID_PREFIX, workingBusinessSession } from '../../ports/account-record.js';
import type { Session, UserRecord } from '../../ports/user-record.js';
import type { AppRules } from '../apps/app-directory.js';
import { hasScope, RENEW_SCOPE } from '../scopes.js';
import type { IssueUserToken } from './issue-user-token.js';
import type { UserTokenClaims } from './token-claims.js';
import { type LifetimeBounds, tokenLifetime } from './token-lifetime.js';

export interface RenewedToken {
  readonly token: string;
  /** Seconds until it expires. */
  readonly expiresIn: number;
  /** False: the token that was shown is still the one to use. */
  readonly renewed: boolean;
}

interface Renewal {
  readonly session: Session;
  /** The user's version that this was decided at, so that an older copy can't judge by an old role. */
  readonly version: number;
  readonly role: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Renews user tokens: a new token of the same session, decided by the ledger. */
export class RenewUserToken {
  constructor(
    private readonly commits: GroupCommit,
    private readonly tokens: IssueUserToken,
    private readonly control: ControlView,
    private readonly bounds: LifetimeBounds,
  ) {}

  /** Whether a token is in the last third of its life, or of no use but to be renewed. */
  isDue(claims: UserTokenClaims, status: TokenStatus, nowSeconds: number): boolean {
    return status === 'superseded' || nowSeconds >= claims.exp - (claims.exp - claims.iat) / 3;
  }

  /**
   * Renews a token that was checked (`active` or `superseded`) and is due; another is given back
   * as it is.
   *
   * Errors: `insufficient_scope` without `im:renew`; `token_*` when the session has ended since;
   * those of `GroupCommit.submit`.
   */
  async renew(
    rules: AppRules,
    shown: { token: string; claims: UserTokenClaims; status: TokenStatus },
    nowSeconds: number,
  ): Promise<RenewedToken> {
    const { token, claims, status } = shown;
    if (!hasScope(claims.scope, RENEW_SCOPE)) {
      throw new BrokerError('insufficient_scope', `the token lacks the scope ${RENEW_SCOPE}`);
    }
    const same = { token, expiresIn: Math.max(claims.exp - nowSeconds, 0), renewed: false };
    if (!this.isDue(claims, status, nowSeconds)) return same;

    const { result } = await this.commits.submit<Renewal>({
      appId: rules.appId,
      userIds: [claims.sub],
      accountIds: claims.sub.startsWith(ACCOUNT_ID_PREFIX) ? [claims.sub] : [],
      decide: (draft) => this.#decide(draft, rules, claims),
    });
    // The session has reached the end of its life: there is nothing to gain.
    if (result.expiresAt <= claims.exp && status !== 'superseded') return same;
    const renewed = await this.tokens.issue(rules, { userId: claims.sub, ...result });
    return { token: renewed, expiresIn: result.expiresAt - result.issuedAt, renewed: true };
  }

  #decide(draft: UserDraft, rules: AppRules, claims: UserTokenClaims): Renewal {
    const record = draft.record(claims.sub);
    const session = record?.sessions.find(({ id }) => id === claims.sid);
    if (record === undefined || session === undefined) {
      throw new BrokerError('token_unknown_session', 'the session has ended');
    }
    if (!draft.works(session)) {
      throw new BrokerError('token_revoked', 'the session has been revoked');
    }
    if (record.status === 'suspended') {
      throw new BrokerError('token_user_suspended', 'the user is suspended');
    }
    this.#requireBusinessSession(draft, claims.sub, session);
    const expiresAt = this.#expiry(draft.now, rules, claims, record, session);
    const extended = { ...session, expiresAt: Math.max(session.expiresAt, expiresAt) };
    const isLonger = extended.expiresAt > session.expiresAt;
    const decided = isLonger ? replace(record, extended) : record;
    if (isLonger) draft.put(claims.sub, decided);
    const { role, version } = decided;
    return { session: extended, version, role, issuedAt: draft.now, expiresAt };
  }

  /**
   * What was born from a login goes on while that does: not when nobody has refreshed it for so long
   * that it expired, nor when its client was removed.
   */
  #requireBusinessSession(
    draft: UserDraft,
    accountId: string,
    { businessSessionId: id }: Session,
  ): void {
    if (id === '') return;
    const business = workingBusinessSession(draft.account(accountId), id, draft.now);
    if (business !== undefined && !this.control.isClientRemoved(business.clientId)) return;
    throw new BrokerError('token_business_session_ended', 'the business session has ended');
  }

  /** The new token lives as long as the one shown did, unless the role has changed since. */
  #expiry(
    now: number,
    rules: AppRules,
    claims: UserTokenClaims,
    record: UserRecord,
    session: Session,
  ): number {
    const life = claims.exp - claims.iat;
    const ttl =
      record.role === (claims.role ?? '')
        ? life
        : tokenLifetime(
            undefined,
            record.role,
            { ...rules, userTtlSeconds: life },
            life,
            this.bounds,
          );
    return Math.min(now + ttl, session.startedAt + this.bounds.maxLifetimeSeconds);
  }
}

function replace(record: UserRecord, session: Session): UserRecord {
  return {
    ...record,
    version: record.version + 1,
    sessions: record.sessions.map((other) => (other.id === session.id ? session : other)),
  };
}
