import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserDraft } from '../../ledger/user-draft.js';
import type { AccountRecord, Passkey } from '../../ports/account-record.js';
import { secondFactorsOf } from '../accounts/second-factors.js';
import type { Guessing } from '../guessing/guessing.js';
import type { BusinessCaller } from '../tokens/business-caller.js';
import { requireStanding } from '../tokens/require-standing.js';
import { newRecoveryCodes } from '../totp/recovery-codes.js';
import type { PasskeyChallenges } from './passkey-challenges.js';
import { passkeyName } from './passkey-name.js';
import type { RelyingParty } from './relying-party.js';

export interface PasskeyOffer {
  readonly passkeyToken: string;
  /** For `navigator.credentials.create`. */
  readonly options: PublicKeyCredentialCreationOptionsJSON;
}

export interface NewPasskey {
  readonly passkey: Passkey;
  /** Where it is the account's first second factor: shown this once. */
  readonly recoveryCodes: readonly string[];
}

/** Passkeys that an account may have. */
const MAX_PASSKEYS = 20;

/** Gives an account passkeys, and takes them away (WebAuthn Level 3, §7.1). Errors of changes: `requireStanding`'s, too. */
export class Passkeys {
  constructor(
    private readonly commits: GroupCommit,
    private readonly challenges: PasskeyChallenges,
    private readonly guessing: Guessing,
    private readonly relyingParty: RelyingParty,
    private readonly entropy: Entropy,
  ) {}

  /** Errors: `passkey_limit`, `rate_limited`, `limiter_unavailable`. */
  async begin({ account, record }: BusinessCaller, address: string): Promise<PasskeyOffer> {
    if (record.passkeys.length >= MAX_PASSKEYS) throw limit();
    await this.guessing.passkeyStart(address);
    const of = { ...account, kind: 'passkey_registration' as const };
    const { passkeyToken, challenge } = await this.challenges.issue(of);
    const options = await generateRegistrationOptions({
      rpName: this.relyingParty.name,
      rpID: this.relyingParty.id,
      userName: record.username,
      userID: new Uint8Array(Buffer.from(account.accountId, 'utf8')),
      challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
      attestationType: 'none',
      excludeCredentials: record.passkeys.map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    });
    return { passkeyToken, options };
  }

  /** Errors: `invalid_ticket`, `invalid_code`, `passkey_limit`. */
  async finish(
    caller: BusinessCaller,
    passkeyToken: string,
    credential: unknown,
    name: string,
  ): Promise<NewPasskey> {
    const { account } = caller;
    const of = { ...account, kind: 'passkey_registration' as const };
    const challenge = await this.challenges.take(passkeyToken, of);
    const proven = await this.#verified(credential as RegistrationResponseJSON, challenge);
    const codes = newRecoveryCodes(this.entropy);
    const { appId, accountId } = account;
    const { result } = await this.commits.submit<NewPasskey>({
      appId,
      accountIds: [accountId],
      userIds: [],
      names: [passkeyName(proven.id)],
      decide: (draft) => {
        const { account: current } = requireStanding(draft, caller);
        if (current.passkeys.length >= MAX_PASSKEYS) throw limit();
        if (draft.accountNamed(passkeyName(proven.id)) !== undefined) throw wrong();
        const passkey: Passkey = { ...proven, name, createdAt: draft.now, lastUsedAt: null };
        const isFirst = secondFactorsOf(current).length === 0;
        draft.takeName(passkeyName(proven.id), accountId);
        draft.putAccount(accountId, {
          ...current,
          version: current.version + 1,
          // Logins whose password was checked before must show a second factor, too.
          credentials: current.credentials + 1,
          passkeys: [...current.passkeys, passkey],
          recoveryCodes: isFirst ? codes.hashes : current.recoveryCodes,
        });
        this.#note(draft, accountId, 'passkey.added');
        return { passkey, recoveryCodes: isFirst ? codes.codes : [] };
      },
    });
    return result;
  }

  /** With the last second factor the recovery codes go, too. Errors: `passkey_unknown`. */
  async remove(caller: BusinessCaller, passkeyId: string): Promise<void> {
    const { appId, accountId } = caller.account;
    await this.commits.submit({
      appId,
      accountIds: [accountId],
      userIds: [],
      names: [passkeyName(passkeyId)],
      decide: (draft) => {
        const { account: current } = requireStanding(draft, caller);
        if (!current.passkeys.some(({ id }) => id === passkeyId)) {
          throw new BrokerError('passkey_unknown', 'the account has no such passkey');
        }
        const passkeys = current.passkeys.filter(({ id }) => id !== passkeyId);
        const without: AccountRecord = {
          ...current,
          version: current.version + 1,
          credentials: current.credentials + 1,
          passkeys,
        };
        const isLast = secondFactorsOf(without).length === 0;
        draft.dropName(passkeyName(passkeyId));
        draft.putAccount(accountId, isLast ? { ...without, recoveryCodes: [] } : without);
        this.#note(draft, accountId, 'passkey.removed');
      },
    });
  }

  #note(draft: UserDraft, accountId: string, type: string): void {
    const id = newId(this.entropy, 'evt');
    draft.audit({ id, type, security: false, actor: accountId, subject: accountId, detail: {} });
  }

  async #verified(
    response: RegistrationResponseJSON,
    challenge: string,
  ): Promise<Omit<Passkey, 'name' | 'createdAt' | 'lastUsedAt'>> {
    try {
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: [...this.relyingParty.origins],
        expectedRPID: this.relyingParty.id,
        requireUserVerification: false,
      });
      if (!verified) throw wrong();
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
      return { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, transports };
    } catch (cause) {
      throw wrong(cause);
    }
  }
}

function wrong(cause?: unknown): BrokerError {
  return new BrokerError('invalid_code', 'the passkey was not proven', { cause });
}

function limit(): BrokerError {
  return new BrokerError('passkey_limit', `an account has at most ${MAX_PASSKEYS} passkeys`);
}
