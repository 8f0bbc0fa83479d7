import { setImmediate } from 'node:timers/promises';
import { hashSecret } from '../../common/constant-time.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { Log } from '../../common/log.js';
import type { AccountEntry, AccountLedger } from '../../ports/account-ledger.port.js';
import type { AuditLog } from '../../ports/audit-log.port.js';
import type { ClientRow } from '../../ports/control-ledger.port.js';
import type { Notifier } from '../../ports/notifier.port.js';
import type { TicketLedger } from '../../ports/ticket-ledger.port.js';
import type { Guessing } from '../guessing/guessing.js';
import { emailKey } from '../names/email.js';
import { usernameKey } from '../names/username.js';
import { newRecoveryCode, recoveryPayload } from './recovery-ticket.js';

export interface RecoveryRequest {
  readonly client: ClientRow;
  /** One of the two. */
  readonly username?: string;
  readonly email?: string;
  readonly address: string;
}

/** Accounts of one address that get a code at once, at most. */
const MAX_ACCOUNTS = 3;
/** Recoveries looked up and sent at once, at most; further ones are dropped. */
const MAX_UNDER_WAY = 200;

/**
 * Begins a recovery: a token for the caller, a code for the account's owner. The token is there at
 * once, whether there is such an account or not; looking up and sending come after the answer, so
 * that its time tells nothing.
 */
export class StartRecovery {
  readonly #underWay = new Set<Promise<void>>();

  constructor(
    private readonly accounts: AccountLedger,
    private readonly tickets: TicketLedger,
    private readonly notifier: Notifier,
    private readonly guessing: Guessing,
    private readonly audit: AuditLog,
    private readonly entropy: Entropy,
    private readonly log: Log,
    private readonly ttlSeconds: number,
  ) {}

  /** Errors: `rate_limited`, `limiter_unavailable`. */
  async start(request: RecoveryRequest): Promise<string> {
    const { client, username, email = '', address } = request;
    const nameKey = username === undefined ? `email ${emailKey(email)}` : usernameKey(username);
    const tries = await this.guessing.recoveryStart({ appId: client.appId, nameKey, address });
    const token = `rec_${this.entropy.bytes(32).toString('base64url')}`;
    if (this.#underWay.size >= MAX_UNDER_WAY) {
      await tries.succeeded();
      this.log.warn('too many recoveries at once: one was dropped');
      return token;
    }
    const sending = this.#sendLater(request, token).catch((error: unknown) => {
      this.log.warn({ err: error }, 'a recovery could not be begun');
    });
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
    return token;
  }

  /** Resolves when nothing is being sent any more. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #sendLater(request: RecoveryRequest, token: string): Promise<void> {
    // The answer goes out first.
    await setImmediate();
    const { appId, id: clientId } = request.client;
    const found = await this.#find(request);
    const codes = new Map<AccountEntry, string>();
    for (const entry of found) {
      if (entry.record.status === 'active') codes.set(entry, newRecoveryCode(this.entropy));
    }
    await this.tickets.issue(this.#ticketsOf(appId, token, codes), this.ttlSeconds);
    for (const [{ accountId, record }, code] of codes) {
      await this.audit.add({
        ...{ id: newId(this.entropy, 'evt'), appId, type: 'recovery.started', security: false },
        ...{ actor: '', subject: accountId, detail: { clientId } },
      });
      const { username, email, phone } = record;
      const about = { appName: appId, username, code, validSeconds: this.ttlSeconds };
      const notification = { kind: 'recovery_code', ...about } as const;
      await this.notifier.notify({ email, phone }, notification).catch((err: unknown) => {
        this.log.warn({ err, appId, accountId }, 'a recovery code could not be sent');
      });
    }
  }

  /** One of nobody's where there is no account, so that a try at it costs what any other costs. */
  #ticketsOf(appId: string, token: string, codes: ReadonlyMap<AccountEntry, string>) {
    const whose =
      codes.size > 0
        ? [...codes].map(([{ accountId, record }, code]) => ({ accountId, record, code }))
        : [{ accountId: '', record: { credentials: 0 }, code: newRecoveryCode(this.entropy) }];
    return whose.map(({ accountId, record, code }) => ({
      tokenHash: hashSecret(token),
      ...{ appId, accountId, kind: 'recovery' as const },
      payload: recoveryPayload(token, code, record.credentials),
    }));
  }

  async #find({ client, username, email = '' }: RecoveryRequest): Promise<readonly AccountEntry[]> {
    const { appId } = client;
    if (username === undefined) {
      return this.accounts.withEmail(appId, emailKey(email), MAX_ACCOUNTS);
    }
    const found = await this.accounts.find(appId, `username:${usernameKey(username)}`);
    return found === undefined ? [] : [found];
  }
}
