import { BrokerError } from '../../common/errors.js';
import { hashSecret } from '../../common/constant-time.js';
import type { Entropy } from '../../common/ids.js';
import type { AccountRef } from '../../ports/account-record.js';
import type { TicketLedger } from '../../ports/ticket-ledger.port.js';

/** A login whose first step is done. */
export interface PendingLogin {
  readonly clientId: string;
  readonly deviceId: string;
  readonly jkt: string;
  /** `AccountRecord.credentials` as it was at the first step. */
  readonly credentials: number;
}

/** Second factors that one login may be tried with. */
const MAX_TRIES = 5;

/** Remembers logins between their two steps. */
export class MfaTickets {
  constructor(
    private readonly tickets: TicketLedger,
    private readonly entropy: Entropy,
    private readonly ttlSeconds: number,
  ) {}

  /** The token that the second step has to show. */
  async issue({ appId, accountId }: AccountRef, login: PendingLogin): Promise<string> {
    const token = `mfa_${this.entropy.bytes(32).toString('base64url')}`;
    const payload = JSON.stringify(login);
    const ticket = {
      tokenHash: hashSecret(token),
      appId,
      accountId,
      kind: 'mfa' as const,
      payload,
    };
    await this.tickets.issue([ticket], this.ttlSeconds);
    return token;
  }

  /** Counts a try. Throws `invalid_ticket` where none is left, or the login is not known any more. */
  async try(token: string): Promise<{ account: AccountRef; login: PendingLogin }> {
    const [ticket] = await this.tickets.try(hashSecret(token), 'mfa', MAX_TRIES);
    if (ticket === undefined) throw gone();
    const { appId, accountId, payload } = ticket;
    return { account: { appId, accountId }, login: JSON.parse(payload) as PendingLogin };
  }

  /** The same for what guesses nothing: no try is counted, where one is left. */
  async look(token: string): Promise<{ account: AccountRef; login: PendingLogin }> {
    const found = await this.try(token);
    await this.tickets.giveBack(hashSecret(token), 'mfa');
    return found;
  }

  /** Uses it up. Throws `invalid_ticket` where another call did. */
  async use(token: string): Promise<void> {
    if (!(await this.tickets.consume(hashSecret(token), 'mfa'))) throw gone();
  }
}

function gone(): BrokerError {
  return new BrokerError('invalid_ticket', 'this login can not be finished; begin it again');
}
