import { hashSecret } from '../../common/constant-time.js';
import type { AccountName } from '../../ports/account-record.js';

/** What leads from a passkey to its account. Ids may be long, so their hash does. */
export function passkeyName(credentialId: string): AccountName {
  return `passkey:${hashSecret(credentialId)}`;
}
