import { hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import type { Entropy } from '../../common/ids.js';
import type { TicketLedger } from '../../ports/ticket-ledger.port.js';

type ChallengeKind = 'passkey_registration' | 'passkey_login';

/** A challenge, and the token by which it is found again. */
export interface Challenge {
  readonly passkeyToken: string;
  /** 32 random bytes, base64url: what the authenticator signs. */
  readonly challenge: string;
}

export interface ChallengeOf {
  readonly appId: string;
  /** Empty: whoever has a passkey of the app. */
  readonly accountId: string;
  readonly kind: ChallengeKind;
}

const LIFETIME_SECONDS = 300;

/** The challenges that authenticators are to sign. Each is good for one try, wherever it is made. */
export class PasskeyChallenges {
  constructor(
    private readonly tickets: TicketLedger,
    private readonly entropy: Entropy,
  ) {}

  async issue({ appId, accountId, kind }: ChallengeOf): Promise<Challenge> {
    const passkeyToken = `pk_${this.entropy.bytes(32).toString('base64url')}`;
    const challenge = this.entropy.bytes(32).toString('base64url');
    const tokenHash = hashSecret(passkeyToken);
    await this.tickets.issue(
      [{ tokenHash, appId, accountId, kind, payload: JSON.stringify({ challenge }) }],
      LIFETIME_SECONDS,
    );
    return { passkeyToken, challenge };
  }

  /** The challenge, this once. Throws `invalid_ticket`, also where it was issued to others. */
  async take(passkeyToken: string, { appId, accountId, kind }: ChallengeOf): Promise<string> {
    const [ticket] = await this.tickets.try(hashSecret(passkeyToken), kind, 1);
    if (ticket?.appId !== appId || ticket.accountId !== accountId) {
      throw new BrokerError('invalid_ticket', 'this challenge is not good any more; get another');
    }
    return (JSON.parse(ticket.payload) as { challenge: string }).challenge;
  }
}
