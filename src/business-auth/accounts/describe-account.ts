import { asTime } from '../../common/clock.js';
import type { AccountEntry } from '../../ports/account-ledger.port.js';
import { secondFactorsOf } from './second-factors.js';

/** An account as operators are shown it: nothing that proves its owner. */
export function describeAccount({ accountId, record }: AccountEntry) {
  const { username, status, email, phone, scopes, createdAt } = record;
  return {
    userId: accountId,
    username,
    status,
    email: email === '' ? null : email,
    phone: phone === '' ? null : phone,
    secondFactors: secondFactorsOf(record),
    scopes,
    createdAt: asTime(createdAt),
  };
}
