import { asTime } from '../../common/clock.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';

/** A trusted issuer as people are shown it, over the API and by a command. */
export function describeTrustedIssuer({ createdAt, removedAt, ...row }: TrustedIssuerRow) {
  return {
    ...row,
    createdAt: asTime(createdAt),
    removedAt: removedAt === null ? null : asTime(removedAt),
  };
}
