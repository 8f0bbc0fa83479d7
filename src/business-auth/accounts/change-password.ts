import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { Guessing } from '../guessing/guessing.js';
import type { AdmitLogin, SessionTokens } from '../login/admit-login.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';
import { openSession, type OpenedSession, type SessionBounds } from '../sessions/open-session.js';
import type { BusinessCaller } from '../tokens/business-caller.js';
import { requireStanding } from '../tokens/require-standing.js';
import { withPassword } from './set-password.js';

/** Changes a password, as its owner asks. */
export class ChangePassword {
  constructor(
    private readonly commits: GroupCommit,
    private readonly hashing: PasswordHashing,
    private readonly policy: PasswordPolicy,
    private readonly guessing: Guessing,
    private readonly admitting: AdmitLogin,
    private readonly entropy: Entropy,
    private readonly bounds: SessionBounds,
  ) {}

  /**
   * Ends all sessions of the account and the IM sessions born from them, in one transaction, and
   * opens one for the caller, who goes on with its tokens. Errors: `invalid_login` for a wrong
   * current password, those of `requireStanding`, `weak_password`, `rate_limited`, `limiter_unavailable`, `overloaded`.
   */
  async change(
    caller: BusinessCaller,
    currentPassword: string,
    newPassword: string,
    address: string,
  ): Promise<SessionTokens> {
    const { account, record, session } = caller;
    const tries = await this.guessing.stepUp(caller.tryFrom(address));
    const isRight = await tries.judge(() =>
      this.hashing.verify(record.passwordHash, currentPassword),
    );
    if (!isRight) {
      throw new BrokerError('invalid_login', 'the current password is wrong');
    }
    await tries.succeeded();
    await this.policy.judge(newPassword, { username: record.username, email: record.email });
    const passwordHash = await this.hashing.hash(newPassword);
    const { appId, accountId } = account;
    const opened = await this.commits.submitAndTell<OpenedSession>({
      appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const { account: current } = requireStanding(draft, caller);
        const order = { type: 'password.changed', actor: accountId };
        const changed = withPassword(draft, accountId, current, passwordHash, order, this.entropy);
        const { clientId, deviceId, jkt } = session;
        // The password alone makes a proof by two factors no fresher.
        const { acr, amr, auth_time: authTime } = caller.claims;
        const request = { clientId, deviceId, jkt, proof: { acr, amr }, authTime };
        return openSession(draft, accountId, changed, request, this.bounds, this.entropy);
      },
    });
    return this.admitting.tokensOf(account, opened);
  }
}
