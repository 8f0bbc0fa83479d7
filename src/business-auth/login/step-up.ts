import { BrokerError } from '../../common/errors.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import { type AccountRecord, workingBusinessSession } from '../../ports/account-record.js';
import { BY_PASSWORD, byBoth, type Proof } from '../assurance.js';
import type { Guessing } from '../guessing/guessing.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { BusinessCaller } from '../tokens/business-caller.js';
import type { AccessToken, IssueAccessToken } from '../tokens/issue-access-token.js';
import type { CheckCode } from '../totp/check-code.js';

/** What a person proves anew; a code proves that the second factor is still theirs. */
export type StepUpProof = { readonly password: string } | { readonly code: string };

interface Proven {
  readonly proof: Proof;
  spend(account: AccountRecord): AccountRecord;
}

/** Proves a person anew within their session (RFC 9470): a fresh access token comes of it. */
export class StepUp {
  constructor(
    private readonly commits: GroupCommit,
    private readonly hashing: PasswordHashing,
    private readonly codes: CheckCode,
    private readonly guessing: Guessing,
    private readonly tokens: IssueAccessToken,
    private readonly clock: LedgerClock,
  ) {}

  /** Errors: `invalid_login`, `invalid_code`, `token_business_session_ended`, `rate_limited`. */
  async stepUp(caller: BusinessCaller, shown: StepUpProof): Promise<AccessToken> {
    const { account, record, session } = caller;
    const tries = await this.guessing.stepUp(account);
    const proven = await this.#prove(caller, shown);
    await tries.succeeded();
    const { result } = await this.commits.submit({
      appId: account.appId,
      accountIds: [account.accountId],
      userIds: [],
      decide: (draft) => {
        const current = draft.account(account.accountId);
        const working = workingBusinessSession(current, session.id, draft.now);
        const isSame = current?.credentials === record.credentials;
        if (current === undefined || working === undefined || !isSame) {
          throw new BrokerError('token_business_session_ended', 'the business session has ended');
        }
        const fresh = { ...working, authTime: draft.now, ...proven.proof };
        const sessions = current.sessions.map((one) => (one.id === session.id ? fresh : one));
        const changed = proven.spend({ ...current, version: current.version + 1, sessions });
        draft.putAccount(account.accountId, changed);
        return { session: fresh, now: draft.now };
      },
    });
    return this.tokens.issue(account.appId, account.accountId, result.session, result.now);
  }

  async #prove({ account, record }: BusinessCaller, shown: StepUpProof): Promise<Proven> {
    if ('password' in shown) {
      if (!(await this.hashing.verify(record.passwordHash, shown.password))) {
        throw new BrokerError('invalid_login', 'the password is wrong');
      }
      return { proof: BY_PASSWORD, spend: (current) => current };
    }
    const right = await this.codes.totp(account, record, shown.code, this.clock.nowSeconds());
    // The session was begun with the password.
    return { proof: byBoth(right.method), spend: (current) => right.spend(current) };
  }
}
