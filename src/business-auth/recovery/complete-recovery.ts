import { hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import type { TicketLedger } from '../../ports/ticket-ledger.port.js';
import { withPassword } from '../accounts/set-password.js';
import type { Guessing } from '../guessing/guessing.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';
import { credentialsOfCode } from './recovery-ticket.js';

export interface RecoveryProof {
  readonly recoveryToken: string;
  readonly code: string;
  readonly newPassword: string;
  readonly address: string;
}

interface Recovering {
  readonly account: AccountRef;
  readonly record: AccountRecord;
}

/** Tries that one recovery has, wherever they come from. */
const MAX_TRIES = 5;

/**
 * Completes a recovery: sets the password, and ends all sessions of the account and the IM sessions
 * born from them in one transaction. A second factor stays what it was, and is asked for at login.
 */
export class CompleteRecovery {
  constructor(
    private readonly accounts: AccountReader,
    private readonly tickets: TicketLedger,
    private readonly commits: GroupCommit,
    private readonly guessing: Guessing,
    private readonly hashing: PasswordHashing,
    private readonly policy: PasswordPolicy,
    private readonly entropy: Entropy,
  ) {}

  /**
   * The code is used up when the password is good enough; a weak one may be tried again. Errors:
   * `invalid_code` for whatever is wrong with token or code, `weak_password`, `rate_limited`.
   */
  async complete(proof: RecoveryProof): Promise<void> {
    const tries = await this.guessing.recoveryComplete(proof.address);
    // Before the code is tried, of which there are five: while too many wait, none is used up.
    const passwordHash = await tries.judge(() => this.hashing.hash(proof.newPassword));
    const { account, record } = await this.#recovering(proof);
    const { username, email } = record;
    await this.policy.judge(proof.newPassword, { username, email }).catch((error: unknown) => {
      // The code was right: to look for a better password is not to guess.
      return this.#giveBack(proof, error);
    });
    if (!(await this.tickets.consume(hashSecret(proof.recoveryToken), 'recovery'))) throw wrong();

    const { appId, accountId } = account;
    await this.commits.submitAndTell({
      appId,
      accountIds: [accountId],
      userIds: [accountId],
      decide: (draft) => {
        const current = draft.account(accountId);
        if (current?.status !== 'active' || current.credentials !== record.credentials) {
          throw wrong();
        }
        const order = { type: 'account.recovered', security: true as const, actor: accountId };
        draft.putAccount(
          accountId,
          withPassword(draft, accountId, current, passwordHash, order, this.entropy),
        );
      },
    });
  }

  async #giveBack({ recoveryToken }: RecoveryProof, error: unknown): Promise<never> {
    await this.tickets.giveBack(hashSecret(recoveryToken), 'recovery');
    throw error;
  }

  /** The account whose code it is. A code of before the last change of the password is no good. */
  async #recovering({ recoveryToken, code }: RecoveryProof): Promise<Recovering> {
    const tickets = await this.tickets.try(hashSecret(recoveryToken), 'recovery', MAX_TRIES);
    for (const { appId, accountId, payload } of tickets) {
      const credentials = credentialsOfCode(payload, recoveryToken, code);
      if (credentials === undefined) continue;
      const account = { appId, accountId };
      const record = await this.accounts.read(account);
      if (record?.status === 'active' && record.credentials === credentials) {
        return { account, record };
      }
    }
    throw wrong();
  }
}

function wrong(): BrokerError {
  return new BrokerError('invalid_code', 'the code is wrong, or not good any more');
}
