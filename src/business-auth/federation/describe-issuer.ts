import { asTime } from '../../common/clock.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';

/** A trusted issuer as people are shown it. */
export function describeIssuer({ createdAt, removedAt, ...shown }: TrustedIssuerRow) {
  return {
    ...shown,
    createdAt: asTime(createdAt),
    removedAt: removedAt === null ? null : asTime(removedAt),
  };
}
