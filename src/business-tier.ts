import { FindEvents } from './audit/find-events.js';
import { ChangePassword } from './business-auth/accounts/change-password.js';
import { ManageAccounts } from './business-auth/accounts/manage-accounts.js';
import { RegisterAccount } from './business-auth/accounts/register-account.js';
import { RehashPassword } from './business-auth/accounts/rehash-password.js';
import { Clients } from './business-auth/clients/clients.js';
import { FindClient } from './business-auth/clients/find-client.js';
import { CheckDpopProof } from './business-auth/dpop/check-dpop-proof.js';
import { CheckFederatedToken } from './business-auth/federation/check-federated-token.js';
import { TrustedIssuers } from './business-auth/federation/trusted-issuers.js';
import { Guessing } from './business-auth/guessing/guessing.js';
import type { LedgerClock } from './business-auth/ledger-clock.js';
import { AdmitLogin } from './business-auth/login/admit-login.js';
import { FinishLogin } from './business-auth/login/finish-login.js';
import { LogIn } from './business-auth/login/log-in.js';
import { MfaTickets } from './business-auth/login/mfa-tickets.js';
import { StepUp } from './business-auth/login/step-up.js';
import { LedgerOperatorStanding } from './business-auth/operators/ledger-operator-standing.js';
import { CheckPasskey } from './business-auth/passkeys/check-passkey.js';
import { LogInWithPasskey } from './business-auth/passkeys/log-in-with-passkey.js';
import { PasskeyChallenges } from './business-auth/passkeys/passkey-challenges.js';
import { Passkeys } from './business-auth/passkeys/passkeys.js';
import { relyingParty } from './business-auth/passkeys/relying-party.js';
import { PasswordHashing } from './business-auth/passwords/password-hashing.js';
import { PasswordPolicy } from './business-auth/passwords/password-policy.js';
import { CompleteRecovery } from './business-auth/recovery/complete-recovery.js';
import { StartRecovery } from './business-auth/recovery/start-recovery.js';
import { RefreshSession } from './business-auth/refresh/refresh-session.js';
import { BusinessSessions } from './business-auth/sessions/business-sessions.js';
import { EndEverySession } from './business-auth/sessions/end-every-session.js';
import { CheckAccessToken } from './business-auth/tokens/check-access-token.js';
import { FindBusinessToken } from './business-auth/tokens/find-business-token.js';
import { IssueAccessToken } from './business-auth/tokens/issue-access-token.js';
import { CheckCode } from './business-auth/totp/check-code.js';
import { RewrapTotp } from './business-auth/totp/rewrap-totp.js';
import { TotpEnrolment } from './business-auth/totp/totp-enrolment.js';
import type { Clock } from './common/clock.js';
import type { Entropy } from './common/ids.js';
import type { Log } from './common/log.js';
import type { Config } from './config/config.js';
import type { SignTokens } from './keys/sign-tokens.js';
import type { VerifyToken } from './keys/verify-token.js';
import { AccountReader } from './ledger/account-reader.js';
import type { ControlChanges } from './ledger/control-changes.js';
import type { ControlView } from './ledger/control-view.js';
import type { FeedFollower } from './ledger/feed-follower.js';
import type { GroupCommit } from './ledger/group-commit.js';
import type { LedgerTrust } from './ledger/ledger-trust.js';
import type { AccountLedger } from './ports/account-ledger.port.js';
import type { AuditLog } from './ports/audit-log.port.js';
import type { GuessLimiter } from './ports/guess-limiter.port.js';
import type { MasterKey } from './ports/master-key.port.js';
import type { Notifier } from './ports/notifier.port.js';
import type { ReplayGuard } from './ports/replay-guard.port.js';
import type { TicketLedger } from './ports/ticket-ledger.port.js';

/** What the business tier stands on. */
export interface BusinessTierParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly ledgerClock: LedgerClock;
  readonly entropy: Entropy;
  readonly masterKey: MasterKey;
  readonly signTokens: SignTokens;
  readonly signatures: VerifyToken;
  readonly accounts: AccountLedger;
  readonly tickets: TicketLedger;
  readonly auditLog: AuditLog;
  readonly commits: GroupCommit;
  readonly control: ControlView;
  readonly controlChanges: ControlChanges;
  readonly follower: FeedFollower;
  readonly trust: LedgerTrust;
  readonly guesses: GuessLimiter;
  readonly replays: ReplayGuard;
  readonly notifier: Notifier;
}

/** The part of the composition root that builds the business tier. */
export function composeBusinessTier(parts: BusinessTierParts) {
  const { config, log, clock, ledgerClock, entropy, masterKey, signTokens, signatures } = parts;
  const { accounts, tickets, auditLog, commits, control, controlChanges, follower, trust } = parts;
  const { guesses, replays, notifier } = parts;
  const { businessAuth } = config;
  const issuer = config.server.publicUrl;
  const leewaySeconds = config.tokens.clockLeewaySeconds;
  const accountReader = new AccountReader(accounts);
  const guessing = new Guessing(guesses, config.rateLimits);
  const hashing = new PasswordHashing({
    memoryKib: businessAuth.argon2MemoryKib,
    iterations: businessAuth.argon2Iterations,
    parallelism: businessAuth.argon2Parallelism,
    hashesAtOnce: businessAuth.hashesAtOnce,
  });
  const passwordPolicy = new PasswordPolicy({
    minCharacters: businessAuth.passwordMinCharacters,
    minStrength: businessAuth.passwordMinStrength,
  });
  const { refreshTtlSeconds, sessionsMax } = businessAuth;
  const sessionBounds = { refreshTtlSeconds, sessionsMax };
  const accessTokens = new IssueAccessToken(signTokens, entropy, {
    issuer,
    ttlSeconds: businessAuth.accessTtlSeconds,
  });
  const admitLogin = new AdmitLogin(commits, guessing, accessTokens, entropy, sessionBounds);
  const checkAccessToken = new CheckAccessToken(
    signatures,
    accountReader,
    control,
    follower,
    trust,
    clock,
    leewaySeconds,
  );
  const mfaTickets = new MfaTickets(tickets, entropy, businessAuth.mfaTtlSeconds);
  const codes = new CheckCode(masterKey);
  const party = relyingParty(businessAuth.passkeyOrigins, issuer, businessAuth.totpIssuer);
  const challenges = new PasskeyChallenges(tickets, entropy);
  const checkPasskey = new CheckPasskey(party);
  const findClient = new FindClient(control, follower, trust);
  const startRecovery = new StartRecovery(
    accounts,
    tickets,
    notifier,
    guessing,
    auditLog,
    entropy,
    log,
    businessAuth.recoveryTtlSeconds,
  );

  return {
    operators: new LedgerOperatorStanding(accountReader, control, ledgerClock),
    guessing,
    registerAccount: new RegisterAccount(commits, hashing, passwordPolicy, entropy),
    manageAccounts: new ManageAccounts(accounts, commits, hashing, passwordPolicy, entropy),
    logIn: new LogIn(
      accounts,
      hashing,
      new RehashPassword(commits, hashing),
      guessing,
      admitLogin,
      mfaTickets,
    ),
    finishLogin: new FinishLogin(
      findClient,
      accountReader,
      mfaTickets,
      guessing,
      codes,
      challenges,
      checkPasskey,
      admitLogin,
      ledgerClock,
    ),
    stepUp: new StepUp(
      commits,
      hashing,
      codes,
      challenges,
      checkPasskey,
      guessing,
      accessTokens,
      ledgerClock,
    ),
    passkeys: new Passkeys(commits, challenges, guessing, party, entropy),
    logInWithPasskey: new LogInWithPasskey(
      accounts,
      challenges,
      checkPasskey,
      guessing,
      admitLogin,
      ledgerClock,
    ),
    refreshSession: new RefreshSession(accountReader, commits, accessTokens, ledgerClock, entropy, {
      refreshTtlSeconds,
      graceSeconds: businessAuth.refreshGraceSeconds,
    }),
    checkAccessToken,
    findBusinessToken: new FindBusinessToken(checkAccessToken, accountReader, control, ledgerClock),
    rewrapTotp: new RewrapTotp(accounts, control, commits, masterKey),
    endEverySession: new EndEverySession(accounts, control, tickets, commits, entropy),
    businessSessions: new BusinessSessions(commits, entropy),
    changePassword: new ChangePassword(
      commits,
      hashing,
      passwordPolicy,
      guessing,
      admitLogin,
      entropy,
      sessionBounds,
    ),
    totpEnrolment: new TotpEnrolment(
      commits,
      codes,
      guessing,
      masterKey,
      ledgerClock,
      entropy,
      businessAuth.totpIssuer,
    ),
    startRecovery,
    completeRecovery: new CompleteRecovery(
      accountReader,
      tickets,
      commits,
      guessing,
      hashing,
      passwordPolicy,
      entropy,
    ),
    checkDpopProof: new CheckDpopProof(replays, ledgerClock),
    checkFederatedToken: new CheckFederatedToken(control, follower, trust, clock, log),
    clients: new Clients(controlChanges, control, entropy),
    findEvents: new FindEvents(auditLog),
    findClient,
    trustedIssuers: new TrustedIssuers(controlChanges, control, entropy),
  };
}
