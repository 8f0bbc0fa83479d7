import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { BrokerError } from '../../common/errors.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { AccountRecord, BusinessSession } from '../../ports/account-record.js';
import {
  BY_PASSKEY,
  BY_PASSWORD,
  byBoth,
  firstFactorOf,
  isAsStrongAs,
  type Proof,
} from '../assurance.js';
import type { Guessing } from '../guessing/guessing.js';
import type { LedgerClock } from '../ledger-clock.js';
import type { PasswordHashing } from '../passwords/password-hashing.js';
import type { BusinessCaller } from '../tokens/business-caller.js';
import { requireStanding } from '../tokens/require-standing.js';
import type { AccessToken, IssueAccessToken } from '../tokens/issue-access-token.js';
import type { CheckPasskey } from '../passkeys/check-passkey.js';
import type { PasskeyChallenges } from '../passkeys/passkey-challenges.js';
import type { CheckCode, RightCode } from '../totp/check-code.js';
import { isTotpCode } from '../totp/totp-codes.js';

/** What a person proves anew; all but a password prove that the second factor is still theirs. */
export type StepUpProof =
  | { readonly password: string }
  /** Of the authenticator app, or a recovery code. */
  | { readonly code: string }
  | {
      readonly passkeyToken: string;
      /** What `navigator.credentials.get` came to, as JSON. */
      readonly credential: { readonly id: string };
    };

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
    private readonly challenges: PasskeyChallenges,
    private readonly passkeys: CheckPasskey,
    private readonly guessing: Guessing,
    private readonly tokens: IssueAccessToken,
    private readonly clock: LedgerClock,
  ) {}

  /** Errors: `invalid_login`, `invalid_code`, those of `requireStanding`, `rate_limited`. */
  async stepUp(caller: BusinessCaller, shown: StepUpProof, address: string): Promise<AccessToken> {
    const { account, session } = caller;
    const tries = await this.guessing.stepUp(caller.tryFrom(address));
    const proven = await tries.judge(() => this.#prove(caller, shown));
    await tries.succeeded();
    const { result } = await this.commits.submit({
      appId: account.appId,
      accountIds: [account.accountId],
      userIds: [],
      decide: (draft) => {
        const { account: current, session: working } = requireStanding(draft, caller);
        const fresh = { ...working, authTime: draft.now, ...proven.proof };
        // Who was proven more strongly before stays so: a refresh says that again.
        const kept = isAsStrongAs(fresh.acr, working.acr) ? fresh : working;
        const sessions = current.sessions.map((one) => (one.id === session.id ? kept : one));
        const changed = proven.spend({ ...current, version: current.version + 1, sessions });
        draft.putAccount(account.accountId, changed);
        return { session: fresh, now: draft.now };
      },
    });
    return this.tokens.issue(account.appId, account.accountId, result.session, result.now);
  }

  async #prove(caller: BusinessCaller, shown: StepUpProof): Promise<Proven> {
    const { record, session } = caller;
    if ('password' in shown) {
      if (!(await this.hashing.verify(record.passwordHash, shown.password))) {
        throw new BrokerError('invalid_login', 'the password is wrong');
      }
      return { proof: BY_PASSWORD, spend: (current) => current };
    }
    const right = await this.#second(caller, shown);
    const first = firstFactorOf(session);
    return {
      proof: first === right.method ? BY_PASSKEY : byBoth(first, right.method),
      spend: (current) => right.spend(current),
    };
  }

  async #second(
    { account, record, session }: BusinessCaller,
    shown: Exclude<StepUpProof, { readonly password: string }>,
  ): Promise<RightCode> {
    const now = this.clock.nowSeconds();
    if ('code' in shown) {
      return isTotpCode(shown.code)
        ? this.codes.totp(account, record, shown.code, now)
        : this.codes.recoveryCode(record, shown.code);
    }
    const of = { ...account, kind: 'passkey_login' as const };
    const challenge = await this.challenges.take(shown.passkeyToken, of);
    return this.passkeys.check(record, shown.credential, challenge, verificationIn(session), now);
  }

  /**
   * What a browser needs to prove one of the account's passkeys. Errors: `passkey_unknown`,
   * `rate_limited`, `limiter_unavailable`.
   */
  async askForPasskey(
    { account, record, session }: BusinessCaller,
    address: string,
  ): Promise<{
    passkeyToken: string;
    options: PublicKeyCredentialRequestOptionsJSON;
  }> {
    const { passkeys } = record;
    if (passkeys.length === 0) {
      throw new BrokerError('passkey_unknown', 'the account has no passkey');
    }
    await this.guessing.passkeyStart(address);
    const of = { ...account, kind: 'passkey_login' as const };
    const { passkeyToken, challenge } = await this.challenges.issue(of);
    const options = await this.passkeys.options(challenge, passkeys, verificationIn(session));
    return { passkeyToken, options };
  }
}

/** A passkey after a passkey is one factor, unless it verifies its user. */
function verificationIn(session: BusinessSession): 'preferred' | 'required' {
  return firstFactorOf(session) === 'pwd' ? 'preferred' : 'required';
}
