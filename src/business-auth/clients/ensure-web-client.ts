import { auditEvent } from '../../audit/audit-event.js';
import { toUnixSeconds } from '../../common/clock.js';
import type { Entropy } from '../../common/ids.js';
import type { ClientRow, ControlLedger } from '../../ports/control-ledger.port.js';

/** The client that the first app has from its first start, so that one can log in without ado. */
export const WEB_CLIENT_ID = 'web';

/**
 * Sees to it that the ledger has the public client `web` of an app that exists. Any number of
 * brokers may do it at once; a second time changes nothing, and one that was removed stays so.
 */
export function ensureWebClient(
  ledger: ControlLedger,
  appId: string,
  entropy: Entropy,
): Promise<void> {
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
    const told = { appId, at: web.createdAt, type: 'client.created', actor: '', subject: web.id };
    return { writes: { clients: [web], audit: [auditEvent(entropy, told)] }, result: undefined };
  });
}
