import {
  type AccountRecord,
  type AccountRef,
  type BusinessSession,
  workingBusinessSession,
} from '../../ports/account-record.js';
import type { AccountReader } from '../../ledger/account-reader.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { LedgerClock } from '../ledger-clock.js';
import { useOf } from '../refresh/refresh-chain.js';
import { parseRefreshToken, type RefreshToken } from '../refresh/refresh-token.js';
import type { AccessTokenClaims } from './access-token-claims.js';
import type { CheckAccessToken } from './check-access-token.js';

interface OfSession {
  readonly account: AccountRef;
  readonly session: BusinessSession;
}

/** A business token of a session that works. */
export type BusinessToken = OfSession &
  (
    | { readonly kind: 'access'; readonly claims: AccessTokenClaims }
    /** `works`: it was not spent, and its client is in use. */
    | { readonly kind: 'refresh'; readonly works: boolean }
  );

/** Finds the session that a business token is of, whatever kind it is; no proof of a key is asked. */
export class FindBusinessToken {
  constructor(
    private readonly accessTokens: CheckAccessToken,
    private readonly accounts: AccountReader,
    private readonly control: ControlView,
    private readonly clock: LedgerClock,
  ) {}

  /**
   * Undefined for what is no genuine business token of the app, and for those of sessions that have
   * ended. Throws `ledger_unavailable`.
   */
  async find(appId: string, token: string): Promise<BusinessToken | undefined> {
    const refresh = parseRefreshToken(token);
    if (refresh !== undefined) return this.#refresh(appId, refresh);
    const caller = await this.accessTokens.active(token);
    if (caller?.account.appId !== appId) return undefined;
    const { account, session, claims } = caller;
    return { kind: 'access', account, session, claims };
  }

  async #refresh(appId: string, token: RefreshToken): Promise<BusinessToken | undefined> {
    const account = { appId, accountId: token.accountId };
    const record: AccountRecord | undefined = await this.accounts.read(account);
    const now = this.clock.nowSeconds();
    const session = workingBusinessSession(record, token.sessionId, now);
    if (session === undefined) return undefined;
    const { kind } = useOf(session.refresh, token, now);
    if (kind === 'forged') return undefined;
    const works = kind === 'current' && !this.control.isClientRemoved(session.clientId);
    return { kind: 'refresh', account, session, works };
  }
}
