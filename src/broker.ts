import { composeBusinessTier } from './business-tier.js';
import { ensureWebClient } from './business-auth/clients/ensure-web-client.js';
import { LedgerClock } from './business-auth/ledger-clock.js';
import { ACCESS_TOKEN_TYPE } from './business-auth/tokens/access-token-claims.js';
import { SystemClock, type Clock } from './common/clock.js';
import { type Entropy, SystemEntropy } from './common/ids.js';
import type { Log } from './common/log.js';
import type { Config } from './config/config.js';
import { CountSessions } from './denylist/count-sessions.js';
import { FindRevocations } from './denylist/find-revocations.js';
import { LedgerRestored } from './denylist/ledger-restored.js';
import { RestoreApp } from './denylist/restore-app.js';
import { RestoreSessions } from './denylist/restore-sessions.js';
import { RevokeApp } from './denylist/revoke-app.js';
import { RevokeSessions } from './denylist/revoke-sessions.js';
import { WhyDenied } from './denylist/why-denied.js';
import { ExchangeForImToken } from './exchange/exchange-for-im-token.js';
import { AdminTokens } from './im/apps/admin-tokens.js';
import { AppDirectory } from './im/apps/app-directory.js';
import { AppSecrets } from './im/apps/app-secrets.js';
import { bootstrap } from './im/apps/bootstrap.js';
import { CheckAdminToken } from './im/apps/check-admin-token.js';
import { CreateApp } from './im/apps/create-app.js';
import { DEFAULT_APP_ID } from './im/scopes.js';
import { FindSession } from './im/sessions/find-session.js';
import { RestoreRevocation } from './im/sessions/restore-revocation.js';
import { CheckToken } from './im/tokens/check-token.js';
import { CheckUserToken } from './im/tokens/check-user-token.js';
import { InspectUserToken } from './im/tokens/inspect-user-token.js';
import { IntrospectToken } from './im/tokens/introspect-token.js';
import { IssueUserToken } from './im/tokens/issue-user-token.js';
import { MintUserToken } from './im/tokens/mint-user-token.js';
import { RenewUserToken } from './im/tokens/renew-user-token.js';
import { SignedTokens } from './im/tokens/signed-tokens.js';
import { ADMIN_TOKEN_TYPE, USER_TOKEN_TYPE } from './im/tokens/token-claims.js';
import { ChangeUser } from './im/users/change-user.js';
import { FindUsers } from './im/users/find-users.js';
import { RegisterUsers } from './im/users/register-users.js';
import { KeyUpkeep } from './keys/key-upkeep.js';
import { KeyView } from './keys/key-view.js';
import { ReserveExpiry, reservationStep } from './keys/reserve-expiry.js';
import { RevokeKey } from './keys/revoke-key.js';
import { RewrapKeys } from './keys/rewrap-keys.js';
import { RotateKeys } from './keys/rotate-keys.js';
import { SignTokens } from './keys/sign-tokens.js';
import { VerifyToken } from './keys/verify-token.js';
import { SigningThread } from './keys/signing-thread.js';
import { Announcer } from './ledger/announcer.js';
import { FEED_DELAY_MS, FeedWindow } from './ledger/belief.js';
import { ColdReader } from './ledger/cold-reader.js';
import { ControlChanges } from './ledger/control-changes.js';
import { ControlView } from './ledger/control-view.js';
import { CurrentUsers } from './ledger/current-users.js';
import { FeedFollower } from './ledger/feed-follower.js';
import { GroupCommit } from './ledger/group-commit.js';
import {
  GuardedAccountLedger,
  GuardedAuditLog,
  GuardedControlLedger,
  GuardedRevocationLog,
  GuardedTicketLedger,
  GuardedUserLedger,
} from './ledger/guarded-ledgers.js';
import { LedgerOutage } from './ledger/ledger-outage.js';
import { LedgerTrust } from './ledger/ledger-trust.js';
import { LedgerUpkeep } from './ledger/ledger-upkeep.js';
import { PrometheusMetrics } from './metrics/prometheus-metrics.js';
import { openNotifier } from './notifiers/open-notifier.js';
import { openClusterStores } from './stores/cluster-stores.js';
import { openEmbeddedStores } from './stores/embedded-stores.js';
import { LocalMasterKey } from './stores/local/local-master-key.js';
import { type ResolvedSecrets, resolveSecrets } from './stores/local/resolve-secrets.js';
import { MemoryLiveCopies } from './stores/memory/memory-live-copies.js';
import type { Stores } from './stores/stores.js';

/** Everything that a broker does, apart from how it is spoken to. */
export type Broker = Awaited<ReturnType<typeof createBroker>>;

/**
 * The composition root: opens the engines of the profile and builds the broker on them. It does
 * nothing until `start`.
 */
export async function createBroker(config: Config, log: Log) {
  const clock = new SystemClock();
  const entropy = new SystemEntropy();
  const secrets = resolveSecrets(config, entropy);
  const stores = await openStores(config, clock, log);
  return compose(config, log, clock, entropy, secrets, stores);
}

async function openStores({ stores, server, checks }: Config, clock: Clock, log: Log) {
  const { databaseUrl, redisUrl } = stores;
  if (databaseUrl === undefined || redisUrl === undefined) {
    return openEmbeddedStores(server.dataDir, clock, log);
  }
  const { windowSeconds } = checks;
  return openClusterStores({ databaseUrl, redisUrl, windowSeconds }, clock, log);
}

function compose(
  config: Config,
  log: Log,
  clock: Clock,
  entropy: Entropy,
  secrets: ResolvedSecrets,
  stores: Stores,
) {
  const { windowSeconds, copiesMax, verifiedTokensMax, ledgerGraceSeconds } = config.checks;
  const { clockLeewaySeconds: leewaySeconds, maxUserTtlSeconds } = config.tokens;
  const { maxLifetimeSeconds } = config.sessions;
  const issuer = config.server.publicUrl;
  const masterKey = new LocalMasterKey(secrets.masterKey, secrets.previousMasterKey, entropy);

  const metrics = new PrometheusMetrics();

  // What is known of the ledger, and so what may be believed.
  const window = new FeedWindow(windowSeconds * 1000);
  const control = new ControlView(stores.control);
  const signing = new SigningThread((error) =>
    log.error({ err: error }, 'the signing thread died; another one takes its place'),
  );
  const keys = new KeyView(
    masterKey,
    [USER_TOKEN_TYPE, ADMIN_TOKEN_TYPE, ACCESS_TOKEN_TYPE],
    signing,
  );
  control.onLoad((state) => keys.load(state.keys));
  const reloadControl = () => control.reload();
  const outage = new LedgerOutage();
  const follower = new FeedFollower(stores.feed, stores.events, window, outage, clock, log, {
    windowSeconds,
    reloadControl,
  });
  const trust = new LedgerTrust(window, follower, stores.events, clock, ledgerGraceSeconds);
  const users = new GuardedUserLedger(stores.users, outage);
  const accounts = new GuardedAccountLedger(stores.accounts, outage);
  const controlLedger = new GuardedControlLedger(stores.control, outage);
  const revocationLog = new GuardedRevocationLog(stores.revocations, outage);
  const tickets = new GuardedTicketLedger(stores.tickets, outage);
  const auditLog = new GuardedAuditLog(stores.audit, outage);
  const ownCopies = new MemoryLiveCopies({ maxCopies: copiesMax, windowSeconds }, clock);
  const copies = stores.sharedCopies === undefined ? [ownCopies] : [ownCopies, stores.sharedCopies];
  const reader = new ColdReader(users, copies);
  const currentUsers = new CurrentUsers(
    ownCopies,
    stores.sharedCopies,
    reader,
    window,
    trust,
    clock,
  );

  // How the ledger is changed.
  const announcer = new Announcer(copies, stores.events, window, log);
  const commits = new GroupCommit(users, announcer, clock, { lanes: stores.lanes });
  const controlChanges = new ControlChanges(controlLedger, announcer, follower, clock);
  const upkeep = new LedgerUpkeep(
    {
      ...{ users, feed: stores.feed, tickets, audit: auditLog },
      memory: [ownCopies, ...stores.swept],
    },
    log,
    { windowSeconds, keepRecordsSeconds: config.denylist.keepRecordsSeconds },
  );

  // How keys follow each other.
  const { rotationIntervalSeconds } = config.keys;
  const schedule = {
    ...config.keys,
    ordinaryLifetimeSeconds: Math.max(
      config.tokens.userTtlSeconds,
      config.tokens.adminTtlSeconds,
      config.openim.userTtlSeconds,
      config.businessAuth.accessTtlSeconds,
    ),
  };
  const ledgerClock = new LedgerClock(clock, follower);
  const rotateKeys = new RotateKeys(
    controlChanges,
    keys,
    masterKey,
    entropy,
    ledgerClock,
    schedule,
  );
  const keyUpkeep = new KeyUpkeep(rotateKeys, log, metrics, rotationIntervalSeconds);
  const reservations = new ReserveExpiry(
    keys,
    controlLedger,
    () => follower.readAfterNow(),
    reservationStep(rotationIntervalSeconds),
  );
  const signTokens = new SignTokens(reservations);

  // Who is denied.
  const counting = new CountSessions(users, revocationLog, clock, log);
  const longestSeconds = maxLifetimeSeconds + leewaySeconds;
  const revokeApp = new RevokeApp(controlChanges, counting, entropy, longestSeconds);
  const restoreApp = new RestoreApp(controlChanges, counting);
  const whyDenied = new WhyDenied(users, revocationLog, control);

  // What the business tier does.
  const signatures = new VerifyToken(keys, follower);
  const notifying = openNotifier(config, clock);
  const business = composeBusinessTier({
    ...{ config, log, clock, ledgerClock, entropy, masterKey, signTokens, signatures },
    ...{ accounts, tickets, auditLog, commits, control, controlChanges, follower, trust },
    ...{ guesses: stores.guesses, replays: stores.replays, notifier: notifying.notifier },
  });

  // What the IM tier does.
  const signed = new SignedTokens(signatures, control, follower, verifiedTokensMax);
  const issuing = new IssueUserToken(signTokens, entropy, issuer);
  const bounds = { maxUserTtlSeconds, maxLifetimeSeconds };
  const { autoRegister } = config.users;
  const checkUserToken = new CheckUserToken(
    signed,
    currentUsers,
    users,
    control,
    trust,
    clock,
    leewaySeconds,
  );
  const checkAdminToken = new CheckAdminToken(
    signed,
    control,
    follower,
    trust,
    business.operators,
    clock,
    leewaySeconds,
  );
  const apps = new AppDirectory(control, follower, config);
  const admin = { issuer, ttlSeconds: config.tokens.adminTtlSeconds };
  const mint = new MintUserToken(commits, issuing, entropy, {
    ...bounds,
    leewaySeconds,
    autoRegister,
  });

  return {
    config,
    log,
    clock,
    ledgerClock,
    secrets,
    keys,
    health: { ledger: stores.ledgerHealth, others: [...stores.otherHealth, keyUpkeep], trust },
    metrics,
    trust,
    rotateKeys,
    revokeKey: new RevokeKey(controlChanges, controlLedger, masterKey, entropy, schedule),
    rewrapKeys: new RewrapKeys(controlChanges, controlLedger, masterKey),
    keyUpkeep,
    apps,
    createApp: new CreateApp(
      controlChanges,
      controlLedger,
      masterKey,
      entropy,
      config.keys.algorithm,
    ),
    appSecrets: new AppSecrets(controlChanges, control, entropy),
    adminTokens: new AdminTokens(
      signTokens,
      control,
      follower,
      trust,
      business.operators,
      auditLog,
      clock,
      entropy,
      admin,
    ),
    checkAdminToken,
    mint,
    checkUserToken,
    checkToken: new CheckToken(signed, checkUserToken, checkAdminToken, trust),
    inspect: new InspectUserToken(signed, checkUserToken, whyDenied, clock),
    introspect: new IntrospectToken(signed, checkUserToken, checkAdminToken),
    renew: new RenewUserToken(commits, issuing, control, bounds),
    revoke: new RevokeSessions(commits, entropy, leewaySeconds),
    revokeApp,
    restore: new RestoreRevocation(apps, new RestoreSessions(commits), restoreApp),
    revocations: new FindRevocations(revocationLog),
    ledgerRestored: new LedgerRestored(
      controlChanges,
      controlLedger,
      masterKey,
      entropy,
      longestSeconds,
    ),
    findSession: new FindSession(signed, users),
    registerUsers: new RegisterUsers(commits),
    findUsers: new FindUsers(users),
    changeUser: new ChangeUser(commits),
    upkeep,
    ...business,
    exchange: new ExchangeForImToken(apps, mint, config.tokens.userTtlSeconds),

    /** Readies the ledger and starts to follow it. Throws when that can't be done. */
    async start(): Promise<void> {
      // Before anything is written: keys that can't be opened stop the start.
      await control.reload();
      await bootstrap(stores.control, masterKey, entropy, {
        appSecret: secrets.appSecret,
        isSecretConfigured: config.app.secret !== undefined,
        issuer,
        algorithm: config.keys.algorithm,
      });
      await ensureWebClient(stores.control, DEFAULT_APP_ID, entropy);
      await follower.start();
      // What the bootstrap may have added, the other brokers should know at once.
      await announcer.announceControl();
      for (const part of stores.otherHealth) {
        const { name, up, detail } = await part.probe();
        if (detail !== undefined) log.warn({ part: name, up }, detail);
      }
    },

    /**
     * Resolves when brokers that no event reaches have learnt of what this one changed: beside an
     * embedded broker a command is another process, and the two have the feed in common only.
     */
    async untilKnown(): Promise<void> {
      if (config.profile === 'embedded') await clock.sleep(FEED_DELAY_MS);
    },

    /** Ends what was begun, then lets go of the engines. */
    async stop(): Promise<void> {
      await business.startRecovery.drain();
      await notifying.close();
      await commits.drain();
      await follower.stop();
      await stores.close();
    },
  };
}
