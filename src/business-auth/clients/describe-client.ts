import { asTime } from '../../common/clock.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';

/** A client as people are shown it: never a hash. */
export function describeClient(client: ClientRow) {
  const { id, appId, name, type, secretHashes, requiresDpop, createdAt, removedAt } = client;
  return {
    ...{ clientId: id, appId, name, type, requiresDpop },
    validSecrets: secretHashes.length,
    createdAt: asTime(createdAt),
    removedAt: removedAt === null ? null : asTime(removedAt),
  };
}
