import {
  type AppRow,
  type ClientRow,
  type ControlLedger,
  type ControlState,
  revokedEpochOf,
  type SecretRow,
  type TrustedIssuerRow,
} from '../ports/control-ledger.port.js';

const EMPTY: ControlState = {
  apps: [],
  secrets: [],
  issuers: [],
  keys: [],
  clients: [],
  trustedIssuers: [],
};

/** Takes in the control part; a failure leaves everything as it was. */
export type ControlListener = (state: ControlState) => Promise<void>;

/**
 * The control part of the ledger as this broker holds it: all apps, secrets, issuers, keys, clients
 * and trusted issuers, taken in anew whenever the feed names a change (see `FeedFollower`).
 */
export class ControlView {
  #state = EMPTY;
  #apps = new Map<string, AppRow>();
  #secrets = new Map<string, readonly SecretRow[]>();
  #issuers = new Set<string>();
  #clients = new Map<string, ClientRow>();
  #trustedIssuers = new Map<string, readonly TrustedIssuerRow[]>();
  #revokedEpochs = new Map<string, number>();
  readonly #listeners: ControlListener[] = [];
  /** Counts readings: one that ends after a later one is old. */
  #turn = 0;
  #shownTurn = 0;

  constructor(private readonly ledger: ControlLedger) {}

  /** Has `listener` take in every later state before it counts as loaded. */
  onLoad(listener: ControlListener): void {
    this.#listeners.push(listener);
  }

  /** Reads the control part and takes it in; of overlapping calls the later one stays. */
  async reload(): Promise<void> {
    const turn = ++this.#turn;
    const { state } = await this.ledger.read();
    if (turn < this.#shownTurn) return;
    for (const listener of this.#listeners) await listener(state);
    if (turn < this.#shownTurn) return;
    this.#shownTurn = turn;
    this.#state = state;
    this.#apps = new Map(state.apps.map((app) => [app.id, app]));
    this.#secrets = Map.groupBy(state.secrets, ({ appId }) => appId);
    this.#issuers = new Set(state.issuers);
    this.#clients = new Map(state.clients.map((client) => [client.id, client]));
    this.#trustedIssuers = Map.groupBy(state.trustedIssuers, ({ appId }) => appId);
    this.#revokedEpochs = new Map(state.apps.map((app) => [app.id, revokedEpochOf(app)]));
  }

  get apps(): readonly AppRow[] {
    return this.#state.apps;
  }

  app(appId: string): AppRow | undefined {
    return this.#apps.get(appId);
  }

  /** Sessions of the app up to this epoch are revoked; -1: none. */
  revokedEpoch(appId: string): number {
    return this.#revokedEpochs.get(appId) ?? -1;
  }

  /** Secrets of an app that have not been withdrawn. */
  validSecrets(appId: string): readonly SecretRow[] {
    return (this.#secrets.get(appId) ?? []).filter(({ withdrawnAt }) => withdrawnAt === null);
  }

  /** Every secret of an app, withdrawn ones too. */
  secrets(appId: string): readonly SecretRow[] {
    return this.#secrets.get(appId) ?? [];
  }

  /** A client, removed or not. */
  client(clientId: string): ClientRow | undefined {
    return this.#clients.get(clientId);
  }

  /** Whether a client was removed. One that isn't known here may have been made a moment ago. */
  isClientRemoved(clientId: string): boolean {
    return (this.client(clientId)?.removedAt ?? null) !== null;
  }

  /** Every client of an app, removed ones too. */
  clients(appId: string): readonly ClientRow[] {
    return this.#state.clients.filter((client) => client.appId === appId);
  }

  /** Every trusted issuer of an app, removed ones too. */
  trustedIssuers(appId: string): readonly TrustedIssuerRow[] {
    return this.#trustedIssuers.get(appId) ?? [];
  }

  /** Whether a broker of this ledger has ever signed as this issuer. */
  isIssuer(url: string): boolean {
    return this.#issuers.has(url);
  }
}
