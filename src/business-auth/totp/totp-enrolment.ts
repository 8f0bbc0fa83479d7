import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import { isSameSecret, sealSecret } from '../../keys/sealed-secret.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord, AccountRef } from '../../ports/account-record.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import type { Guessing } from '../guessing/guessing.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { BusinessCaller } from '../tokens/business-caller.js';
import { requireStanding } from '../tokens/require-standing.js';
import { type CheckCode, totpContext } from './check-code.js';
import { newRecoveryCodes } from './recovery-codes.js';
import { newTotpSecret, otpauthUri } from './totp-codes.js';

export interface TotpOffer {
  /** Base32, for whoever types it in. */
  readonly secret: string;
  /** The same for a QR code (Google Authenticator's key URI format). */
  readonly otpauthUri: string;
}

/** Gives an account an authenticator app, and takes it away. Errors of all: `requireStanding`'s. */
export class TotpEnrolment {
  constructor(
    private readonly commits: GroupCommit,
    private readonly codes: CheckCode,
    private readonly guessing: Guessing,
    private readonly masterKey: MasterKey,
    private readonly clock: LedgerClock,
    private readonly entropy: Entropy,
    /** What an app calls the accounts. */
    private readonly issuerName: string,
  ) {}

  /**
   * Offers a secret. It counts for nothing until a code of it was shown; another offer replaces it.
   * Errors: `mfa_exists`.
   */
  async begin(caller: BusinessCaller): Promise<TotpOffer> {
    const { account, record } = caller;
    const secret = newTotpSecret(this.entropy);
    const plain = Buffer.from(secret, 'utf8');
    const sealed = await sealSecret(plain, totpContext(account), this.masterKey, this.entropy);
    plain.fill(0);
    await this.#change(caller, (draft, current) => {
      if (current.totp !== null && current.totp.confirmedAt !== null) throw exists();
      const totp = { sealed, confirmedAt: null, lastStep: 0 };
      draft.putAccount(account.accountId, { ...current, version: current.version + 1, totp });
    });
    return { secret, otpauthUri: otpauthUri(this.issuerName, record.username, secret) };
  }

  /**
   * Takes the app into use, and returns recovery codes, which are shown this once. Errors:
   * `mfa_unknown` without an offer, `mfa_exists`, `invalid_code`, `rate_limited`.
   */
  async confirm(caller: BusinessCaller, code: string, address: string): Promise<readonly string[]> {
    const { account, record } = caller;
    const { totp } = record;
    if (totp === null) throw unknown();
    if (totp.confirmedAt !== null) throw exists();
    const tries = await this.guessing.secondFactor(caller.tryFrom(address));
    const step = await tries.judge(() =>
      this.codes.stepOf(account, totp, code, this.clock.nowSeconds()),
    );
    await tries.succeeded();
    const { codes, hashes } = newRecoveryCodes(this.entropy);
    await this.#change(caller, (draft, current) => {
      const offer = current.totp;
      if (offer === null || offer.confirmedAt !== null) throw unknown();
      if (!isSameSecret(offer.sealed, totp.sealed)) throw unknown();
      draft.putAccount(account.accountId, {
        ...current,
        version: current.version + 1,
        // Logins whose password was checked before must show a code, too.
        credentials: current.credentials + 1,
        totp: { ...offer, confirmedAt: draft.now, lastStep: step },
        recoveryCodes: hashes,
      });
      this.#note(draft, account, 'totp.added');
    });
    return codes;
  }

  /** Takes the app away, and with the last second factor the recovery codes. Errors: `mfa_unknown`. */
  async remove(caller: BusinessCaller): Promise<void> {
    const { account } = caller;
    await this.#change(caller, (draft, current) => {
      if (current.totp === null) throw unknown();
      draft.putAccount(account.accountId, {
        ...current,
        version: current.version + 1,
        credentials: current.credentials + 1,
        totp: null,
        recoveryCodes: current.passkeys.length > 0 ? current.recoveryCodes : [],
      });
      this.#note(draft, account, 'totp.removed');
    });
  }

  async #change(
    caller: BusinessCaller,
    change: (draft: UserDraft, current: AccountRecord) => void,
  ): Promise<void> {
    const { appId, accountId } = caller.account;
    await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [],
      decide: (draft) => {
        change(draft, requireStanding(draft, caller).account);
      },
    });
  }

  #note(draft: UserDraft, { accountId }: AccountRef, type: string): void {
    const id = newId(this.entropy, 'evt');
    draft.audit({ id, type, security: false, actor: accountId, subject: accountId, detail: {} });
  }
}

function exists(): BrokerError {
  return new BrokerError('mfa_exists', 'the account has an authenticator app');
}

function unknown(): BrokerError {
  return new BrokerError('mfa_unknown', 'the account has no such authenticator app');
}
