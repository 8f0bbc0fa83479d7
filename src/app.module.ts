import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ApiModule } from './api/api.module.js';
import { FindEvents } from './audit/find-events.js';
import type { Broker } from './broker.js';
import { ChangePassword } from './business-auth/accounts/change-password.js';
import { RegisterAccount } from './business-auth/accounts/register-account.js';
import { Clients } from './business-auth/clients/clients.js';
import { FindClient } from './business-auth/clients/find-client.js';
import { CheckDpopProof } from './business-auth/dpop/check-dpop-proof.js';
import { CheckFederatedToken } from './business-auth/federation/check-federated-token.js';
import { TrustedIssuers } from './business-auth/federation/trusted-issuers.js';
import { Guessing } from './business-auth/guessing/guessing.js';
import { FinishLogin } from './business-auth/login/finish-login.js';
import { LogIn } from './business-auth/login/log-in.js';
import { StepUp } from './business-auth/login/step-up.js';
import { LogInWithPasskey } from './business-auth/passkeys/log-in-with-passkey.js';
import { Passkeys } from './business-auth/passkeys/passkeys.js';
import { CompleteRecovery } from './business-auth/recovery/complete-recovery.js';
import { StartRecovery } from './business-auth/recovery/start-recovery.js';
import { RefreshSession } from './business-auth/refresh/refresh-session.js';
import { BusinessSessions } from './business-auth/sessions/business-sessions.js';
import { CheckAccessToken } from './business-auth/tokens/check-access-token.js';
import { FindBusinessToken } from './business-auth/tokens/find-business-token.js';
import { TotpEnrolment } from './business-auth/totp/totp-enrolment.js';
import { LedgerClock } from './business-auth/ledger-clock.js';
import { Clock } from './common/clock.js';
import { LOG } from './common/log.js';
import { CONFIG } from './config/config.js';
import { FindRevocations } from './denylist/find-revocations.js';
import { RevokeApp } from './denylist/revoke-app.js';
import { RevokeSessions } from './denylist/revoke-sessions.js';
import { ExchangeForImToken } from './exchange/exchange-for-im-token.js';
import { HEALTH_PARTS, HealthController } from './health/health.controller.js';
import { AdminTokens } from './im/apps/admin-tokens.js';
import { AppDirectory } from './im/apps/app-directory.js';
import { AppSecrets } from './im/apps/app-secrets.js';
import { CheckAdminToken } from './im/apps/check-admin-token.js';
import { CreateApp } from './im/apps/create-app.js';
import { FindSession } from './im/sessions/find-session.js';
import { RestoreRevocation } from './im/sessions/restore-revocation.js';
import { CheckToken } from './im/tokens/check-token.js';
import { CheckUserToken } from './im/tokens/check-user-token.js';
import { InspectUserToken } from './im/tokens/inspect-user-token.js';
import { IntrospectToken } from './im/tokens/introspect-token.js';
import { MintUserToken } from './im/tokens/mint-user-token.js';
import { RenewUserToken } from './im/tokens/renew-user-token.js';
import { ChangeUser } from './im/users/change-user.js';
import { FindUsers } from './im/users/find-users.js';
import { RegisterUsers } from './im/users/register-users.js';
import { KeyUpkeep } from './keys/key-upkeep.js';
import { KeyView } from './keys/key-view.js';
import { RevokeKey } from './keys/revoke-key.js';
import { RotateKeys } from './keys/rotate-keys.js';
import { RotationTask } from './keys/rotation.task.js';
import { LedgerTrust } from './ledger/ledger-trust.js';
import { LedgerUpkeep } from './ledger/ledger-upkeep.js';
import { UpkeepTask } from './ledger/upkeep.task.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PrometheusMetrics } from './metrics/prometheus-metrics.js';

/** The broker as Nest sees it: what the wire dialects may ask for, by class. */
@Global()
@Module({})
export class AppModule {
  static of(broker: Broker): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: broker.config },
      { provide: LOG, useValue: broker.log },
      { provide: Clock, useValue: broker.clock },
      { provide: LedgerClock, useValue: broker.ledgerClock },
      { provide: HEALTH_PARTS, useValue: broker.health },
      { provide: PrometheusMetrics, useValue: broker.metrics },
      { provide: KeyView, useValue: broker.keys },
      { provide: LedgerTrust, useValue: broker.trust },
      { provide: RotateKeys, useValue: broker.rotateKeys },
      { provide: RevokeKey, useValue: broker.revokeKey },
      { provide: KeyUpkeep, useValue: broker.keyUpkeep },
      { provide: AppDirectory, useValue: broker.apps },
      { provide: CreateApp, useValue: broker.createApp },
      { provide: AppSecrets, useValue: broker.appSecrets },
      { provide: AdminTokens, useValue: broker.adminTokens },
      { provide: CheckAdminToken, useValue: broker.checkAdminToken },
      { provide: CheckToken, useValue: broker.checkToken },
      { provide: CheckUserToken, useValue: broker.checkUserToken },
      { provide: InspectUserToken, useValue: broker.inspect },
      { provide: MintUserToken, useValue: broker.mint },
      { provide: RenewUserToken, useValue: broker.renew },
      { provide: IntrospectToken, useValue: broker.introspect },
      { provide: RevokeSessions, useValue: broker.revoke },
      { provide: RevokeApp, useValue: broker.revokeApp },
      { provide: RestoreRevocation, useValue: broker.restore },
      { provide: FindRevocations, useValue: broker.revocations },
      { provide: FindSession, useValue: broker.findSession },
      { provide: RegisterUsers, useValue: broker.registerUsers },
      { provide: FindUsers, useValue: broker.findUsers },
      { provide: ChangeUser, useValue: broker.changeUser },
      { provide: LedgerUpkeep, useValue: broker.upkeep },
      { provide: Clients, useValue: broker.clients },
      { provide: TrustedIssuers, useValue: broker.trustedIssuers },
      { provide: FindEvents, useValue: broker.findEvents },
      { provide: FindClient, useValue: broker.findClient },
      { provide: Guessing, useValue: broker.guessing },
      { provide: RegisterAccount, useValue: broker.registerAccount },
      { provide: LogIn, useValue: broker.logIn },
      { provide: FinishLogin, useValue: broker.finishLogin },
      { provide: Passkeys, useValue: broker.passkeys },
      { provide: LogInWithPasskey, useValue: broker.logInWithPasskey },
      { provide: StepUp, useValue: broker.stepUp },
      { provide: RefreshSession, useValue: broker.refreshSession },
      { provide: CheckAccessToken, useValue: broker.checkAccessToken },
      { provide: FindBusinessToken, useValue: broker.findBusinessToken },
      { provide: BusinessSessions, useValue: broker.businessSessions },
      { provide: ChangePassword, useValue: broker.changePassword },
      { provide: TotpEnrolment, useValue: broker.totpEnrolment },
      { provide: StartRecovery, useValue: broker.startRecovery },
      { provide: CompleteRecovery, useValue: broker.completeRecovery },
      { provide: CheckDpopProof, useValue: broker.checkDpopProof },
      { provide: CheckFederatedToken, useValue: broker.checkFederatedToken },
      { provide: ExchangeForImToken, useValue: broker.exchange },
    ];
    return {
      module: AppModule,
      imports: [ScheduleModule.forRoot(), ApiModule],
      controllers: [HealthController, MetricsController],
      providers: [...providers, UpkeepTask, RotationTask],
      exports: providers.map(({ provide }) => provide),
    };
  }
}
