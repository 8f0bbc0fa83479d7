import { asTime } from '../../common/clock.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';
import type { ClientWithSecret } from './clients.js';

/** A client as people are shown it, over the API and by a command: never a hash. */
export function describeClient(client: ClientRow) {
  const { id, appId, name, type, requiresDpop, secretHashes, createdAt, removedAt } = client;
  return {
    ...{ id, appId, name, type, requiresDpop },
    validSecrets: secretHashes.length,
    createdAt: asTime(createdAt),
    removedAt: removedAt === null ? null : asTime(removedAt),
  };
}

/** A client with a secret that was just made for it, if it got one: shown this once. */
export function describeClientWithSecret({
  client,
  secret,
}: ClientWithSecret | { readonly client: ClientRow; readonly secret: undefined }) {
  return {
    ...describeClient(client),
    ...(secret === undefined ? {} : { clientSecret: secret }),
  };
}
