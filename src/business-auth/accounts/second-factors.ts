import type { AccountRecord } from '../../ports/account-record.js';

/** What a login may be finished with. */
export type SecondFactor = 'totp' | 'recovery_code' | 'passkey';

/** The second factors that an account has; none: its password is enough. */
export function secondFactorsOf(account: AccountRecord): readonly SecondFactor[] {
  const { totp, recoveryCodes, passkeys } = account;
  const methods: SecondFactor[] = [];
  if (totp !== null && totp.confirmedAt !== null) methods.push('totp');
  if (passkeys.length > 0) methods.push('passkey');
  if (methods.length > 0 && recoveryCodes.length > 0) methods.push('recovery_code');
  return methods;
}

export function hasSecondFactor(account: AccountRecord): boolean {
  return secondFactorsOf(account).length > 0;
}
