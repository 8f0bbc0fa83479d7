import { BrokerError } from '../../common/errors.js';
import type { MasterKey } from '../../ports/master-key.port.js';
import { isSameSecret, unsealSecret } from '../../keys/sealed-secret.js';
import type { AccountRecord, AccountRef, Totp } from '../../ports/account-record.js';
import type { AuthenticationMethod } from '../assurance.js';
import { recoveryCodeHash } from './recovery-codes.js';
import { totpStepOf } from './totp-codes.js';

/** A code that is right as far as is known, and how it is spent under the account's lock. */
export interface RightCode {
  readonly method: AuthenticationMethod;
  /** Throws `invalid_code` where it has been spent meanwhile. */
  spend(account: AccountRecord): AccountRecord;
}

/** What a sealed TOTP secret is bound to. */
export function totpContext({ appId, accountId }: AccountRef): string {
  return JSON.stringify(['countersign totp secret', 'v1', appId, accountId]);
}

/** Checks codes of authenticator apps (RFC 6238) and recovery codes. Each works once. */
export class CheckCode {
  constructor(private readonly masterKey: MasterKey) {}

  /** Throws `invalid_code`. `now` in Unix seconds of the ledger's clock. */
  async totp(
    ref: AccountRef,
    { totp }: AccountRecord,
    code: string,
    now: number,
  ): Promise<RightCode> {
    if (totp === null || totp.confirmedAt === null) throw wrong();
    const step = await this.stepOf(ref, totp, code, now);
    return {
      method: 'otp',
      spend: (account) => {
        const current = account.totp;
        if (current === null || !isSameSecret(current.sealed, totp.sealed)) throw wrong();
        if (current.lastStep >= step) throw wrong();
        return { ...account, totp: { ...current, lastStep: step } };
      },
    };
  }

  /** The time step whose code it is. Throws `invalid_code`. */
  async stepOf(ref: AccountRef, totp: Totp, code: string, now: number): Promise<number> {
    const secret = await unsealSecret(totp.sealed, totpContext(ref), this.masterKey);
    const step = totpStepOf(secret.toString('utf8'), code, now, totp.lastStep);
    secret.fill(0);
    if (step === undefined) throw wrong();
    return step;
  }

  /** Throws `invalid_code`. */
  recoveryCode({ recoveryCodes }: AccountRecord, code: string): RightCode {
    const hash = recoveryCodeHash(code);
    if (!recoveryCodes.includes(hash)) throw wrong();
    return {
      method: 'rec',
      spend: (account) => {
        if (!account.recoveryCodes.includes(hash)) throw wrong();
        const left = account.recoveryCodes.filter((other) => other !== hash);
        return { ...account, recoveryCodes: left };
      },
    };
  }
}

function wrong(): BrokerError {
  return new BrokerError('invalid_code', 'the code is wrong, or was used before');
}
