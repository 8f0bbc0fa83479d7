import { toUnixSeconds } from '../../common/clock.js';
import type { ClientRow, ControlLedger } from '../../ports/control-ledger.port.js';

/** The client that the first app has from its first start, so that one can log in without ado. */
export const WEB_CLIENT_ID = 'web';

/**
 * Sees to it that the ledger has the public client `web` of an app that exists. Any number of
 * brokers may do it at once; a second time changes nothing, and one that was removed stays so.
 */
export function ensureWebClient(ledger: ControlLedger, appId: string): Promise<void> {
  return ledger.change((state, nowMs) => {
    if (state.clients.some(({ id }) => id === WEB_CLIENT_ID)) {
      return { writes: {}, result: undefined };
    }
    const web: ClientRow = {
      id: WEB_CLIENT_ID,
      appId,
      name: 'Web',
      type: 'public',
      secretHashes: [],
      requiresDpop: false,
      createdAt: toUnixSeconds(nowMs),
      removedAt: null,
    };
    return { writes: { clients: [web] }, result: undefined };
  });
}
