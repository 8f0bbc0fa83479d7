import type { Principal } from '../../contracts/principal.js';
import { BrokerError } from '../../common/errors.js';
import { type Entropy, newSessionId, userTag } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import { workingBusinessSession } from '../../ports/account-record.js';
import type { Session } from '../../ports/user-record.js';
import type { AppRules } from '../apps/app-directory.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import { DEFAULT_USER_SCOPE } from '../scopes.js';
import { admitSession } from '../sessions/admit-session.js';
import { NEW_USER } from '../users/new-user.js';
import type { IssueUserToken } from './issue-user-token.js';
import { type LifetimeBounds, tokenLifetime } from './token-lifetime.js';

export interface MintRequest {
  readonly userId: string;
  /** OpenIM's platform id. */
  readonly platformId: number;
  /** Empty: the caller names no device. */
  readonly deviceId: string;
  readonly ttlSeconds?: number;
  /** Space-separated; {@link DEFAULT_USER_SCOPE} when absent. */
  readonly scope?: string;
  /** The same key with the same request gives the same session again, for 24 h. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
  /** The business session that it is for, and with which the new session ends. */
  readonly business?: NonNullable<Principal['business']>;
}

export interface KickedSession {
  readonly sessionId: string;
  readonly platformId: number;
  readonly deviceId: string;
}

export interface MintedToken {
  readonly token: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** Seconds from its issue. */
  readonly expiresIn: number;
  readonly session: Session;
  readonly userId: string;
  /** Sessions that this login ended. */
  readonly kicked: readonly KickedSession[];
}

/** What a mint decided; kept as the outcome of its idempotency key. */
interface Admission {
  readonly session: Session;
  readonly role: string;
  readonly issuedAt: number;
  readonly kicked: readonly KickedSession[];
}

export interface MintOptions extends LifetimeBounds {
  readonly leewaySeconds: number;
  readonly autoRegister: boolean;
}

/**
 * Mints a user token: admits a session under the multi-login policy, in one transaction of the
 * ledger, and signs its first token when that is committed.
 */
export class MintUserToken {
  constructor(
    private readonly commits: GroupCommit,
    private readonly tokens: IssueUserToken,
    private readonly entropy: Entropy,
    private readonly options: MintOptions,
  ) {}

  /**
   * `dialectTtlSeconds`: the lifetime where neither request, role nor app names one.
   *
   * Errors: `invalid_request` (lifetime over the bounds), `admin_platform`, `admin_user`,
   * `user_suspended`, `user_unknown` (where users are not registered by minting),
   * `token_business_session_ended`,
   * `idempotency_key_reused`, and those of `GroupCommit.submit`.
   */
  async mint(
    rules: AppRules,
    request: MintRequest,
    dialectTtlSeconds: number,
  ): Promise<MintedToken> {
    if (request.platformId === ADMIN_PLATFORM) {
      throw new BrokerError('admin_platform', 'user tokens are not minted for the admin platform');
    }
    if (rules.adminUserIds.includes(request.userId)) {
      throw new BrokerError('admin_user', 'user tokens are not minted for an admin user');
    }
    const { result } = await this.commits.submit<Admission>({
      appId: rules.appId,
      userIds: [request.userId],
      ...(request.idempotency === undefined ? {} : { idempotencyKey: request.idempotency.key }),
      // Locked, so that whoever ends it meanwhile ends the new session, too, or comes first.
      ...(request.business === undefined ? {} : { accountIds: [request.business.accountId] }),
      decide: (draft) => this.#decide(draft, rules, request, dialectTtlSeconds),
    });
    return this.#answer(rules, request.userId, result);
  }

  #decide(draft: UserDraft, rules: AppRules, request: MintRequest, dialectTtl: number): Admission {
    const before = remembered(draft, request);
    if (before !== undefined) return before;

    requireBusinessSession(draft, request);
    const { userId } = request;
    const record = draft.record(userId) ?? (this.options.autoRegister ? NEW_USER : undefined);
    if (record === undefined) throw new BrokerError('user_unknown', 'there is no such user');
    if (record.status === 'suspended') {
      throw new BrokerError('user_suspended', 'the user is suspended');
    }

    const ttl = tokenLifetime(request.ttlSeconds, record.role, rules, dialectTtl, this.options);
    const newcomer: Omit<Session, 'version'> = {
      id: newSessionId(this.entropy, userTag(rules.appId, userId)),
      platformId: request.platformId,
      deviceId: request.deviceId,
      scope: request.scope ?? DEFAULT_USER_SCOPE,
      epoch: draft.epoch,
      startedAt: draft.now,
      expiresAt: draft.now + ttl,
      revoked: false,
      businessSessionId: request.business?.sessionId ?? '',
    };
    const { policy, maxNumOneEnd } = rules;
    const admissionRules = {
      policy,
      maxNumOneEnd,
      leewaySeconds: this.options.leewaySeconds,
      works: (other: Session) => draft.works(other),
    };
    const admitted = admitSession(record, newcomer, admissionRules, draft.now);
    draft.put(userId, admitted.record);
    for (const end of admitted.aside) draft.putAside({ userId, ...end });
    const admission: Admission = {
      session: admitted.session,
      role: record.role,
      issuedAt: draft.now,
      kicked: admitted.ended
        .filter(({ session }) => draft.works(session))
        .map(({ session: { id: sessionId, platformId, deviceId } }) => {
          return { sessionId, platformId, deviceId };
        }),
    };
    remember(draft, request, admission);
    return admission;
  }

  async #answer(rules: AppRules, userId: string, admission: Admission): Promise<MintedToken> {
    const { session, role, issuedAt, kicked } = admission;
    const { expiresAt } = session;
    const { version } = session;
    const about = { userId, role, session, version, issuedAt, expiresAt };
    const token = await this.tokens.issue(rules, about);
    return { token, expiresAt, expiresIn: expiresAt - issuedAt, session, userId, kicked };
  }
}

function requireBusinessSession(draft: UserDraft, { business }: MintRequest): void {
  if (business === undefined) return;
  const { accountId, sessionId } = business;
  const session = workingBusinessSession(draft.account(accountId), sessionId, draft.now);
  if (session === undefined) {
    throw new BrokerError('token_business_session_ended', 'the business session has ended');
  }
}

function remembered(draft: UserDraft, { userId, idempotency }: MintRequest): Admission | undefined {
  if (idempotency === undefined) return undefined;
  const record = draft.remembered(idempotency.key);
  if (record === undefined) return undefined;
  if (record.requestHash !== idempotency.requestHash || record.userId !== userId) {
    throw new BrokerError(
      'idempotency_key_reused',
      'this Idempotency-Key was used with another request',
    );
  }
  return JSON.parse(record.outcome) as Admission;
}

function remember(draft: UserDraft, request: MintRequest, admission: Admission): void {
  const { userId, idempotency } = request;
  if (idempotency === undefined) return;
  const { key, requestHash } = idempotency;
  const outcome = JSON.stringify(admission);
  draft.remember({ key, userId, requestHash, outcome, createdAt: draft.now });
}
