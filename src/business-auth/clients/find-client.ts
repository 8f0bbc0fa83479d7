import { equalInConstantTime, hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';

/** Finds the client that a caller says it is. */
export class FindClient {
  constructor(
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly trust: LedgerTrust,
  ) {}

  /**
   * The client, proven by its secret where it is a confidential one (RFC 6749 §2.3.1; an empty
   * secret is none). Throws `client_unknown` when there is none, when it was removed, when the
   * secret is missing or wrong, and when a public client shows one: in the same words, so that
   * nobody learns which; and `ledger_unavailable`.
   */
  async authenticate(clientId: string, secret = ''): Promise<ClientRow> {
    if (!this.trust.isFresh()) await this.trust.renew();
    let client = this.#proven(clientId, secret);
    if (client === undefined) {
      // It, or its secret, may have been made on another broker a moment ago.
      await this.follower.readAfterNow();
      client = this.#proven(clientId, secret);
    }
    if (client === undefined) {
      throw new BrokerError('client_unknown', 'there is no such client, or its secret is wrong');
    }
    return client;
  }

  /**
   * For what a client has begun when it was proven. Throws `client_unknown` when it was removed
   * since, and `ledger_unavailable`.
   */
  async requireInUse(clientId: string): Promise<void> {
    if (!this.trust.isFresh()) await this.trust.renew();
    // It may have been made on another broker a moment ago.
    if (this.control.client(clientId) === undefined) await this.follower.readAfterNow();
    if (this.control.client(clientId)?.removedAt === null) return;
    throw new BrokerError('client_unknown', 'there is no such client any more');
  }

  #proven(clientId: string, secret: string): ClientRow | undefined {
    const client = this.control.client(clientId);
    const isRight = isAnyOf(client?.secretHashes ?? [], secret);
    if (client === undefined || client.removedAt !== null) return undefined;
    return (client.type === 'public' ? secret === '' : isRight) ? client : undefined;
  }
}

/** Compares with every hash, so that the time tells nothing. */
function isAnyOf(hashes: readonly string[], secret: string): boolean {
  const hash = hashSecret(secret);
  let isRight = false;
  for (const known of hashes) if (equalInConstantTime(known, hash)) isRight = true;
  return isRight;
}
