import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ErrorFilter } from './error.filter.js';
import { CallingClients } from './calling-clients.js';
import { DpopKeys } from './dpop.js';
import { OAuthCallers } from './oauth2/caller.js';
import { AppsAndClients } from './oauth2/apps-and-clients.js';
import { ClientCredentialsGrant } from './oauth2/grants/client-credentials.grant.js';
import { RefreshTokenGrant } from './oauth2/grants/refresh-token.grant.js';
import { TokenExchangeGrant } from './oauth2/grants/token-exchange.grant.js';
import { IntrospectController } from './oauth2/introspect.controller.js';
import { RevokeController } from './oauth2/revoke.controller.js';
import { TokenController } from './oauth2/token.controller.js';
import { WellKnownController } from './oauth2/well-known.controller.js';
import { AccountCheckController } from './openim/account-check.controller.js';
import { ForceLogoutController } from './openim/force-logout.controller.js';
import { GetAdminTokenController } from './openim/get-admin-token.controller.js';
import { GetUsersOnlineStatusController } from './openim/get-users-online-status.controller.js';
import { UserRegisterController } from './openim/user-register.controller.js';
import { CredentialsController } from './v1/auth/credentials.controller.js';
import { LoginController } from './v1/auth/login.controller.js';
import { PasskeysController } from './v1/auth/passkeys.controller.js';
import { RecoveryController } from './v1/auth/recovery.controller.js';
import { RefreshController } from './v1/auth/refresh.controller.js';
import { RegisterController } from './v1/auth/register.controller.js';
import { BusinessSessionsController } from './v1/auth/sessions.controller.js';
import { TotpController } from './v1/auth/totp.controller.js';
import { MeController } from './v1/me.controller.js';
import { AuditController } from './v1/audit.controller.js';
import { ClientsController } from './v1/clients.controller.js';
import { TrustedIssuersController } from './v1/trusted-issuers.controller.js';
import { AppsController } from './v1/apps.controller.js';
import { InspectTokenController } from './v1/inspect-token.controller.js';
import { KeysController } from './v1/keys.controller.js';
import { MintBatchController } from './v1/mint-batch.controller.js';
import { RenewTokenController } from './v1/renew-token.controller.js';
import { RevocationsController } from './v1/revocations.controller.js';
import { UsersController } from './v1/users.controller.js';
import { validationPipe } from './validation.js';
import { WrongSecrets } from './wrong-secrets.js';

/** The wire dialects, but for the calls of `hot-calls.ts`. */
@Module({
  controllers: [
    // OpenIM
    GetAdminTokenController,
    ForceLogoutController,
    UserRegisterController,
    AccountCheckController,
    GetUsersOnlineStatusController,
    // OAuth 2.0
    TokenController,
    IntrospectController,
    RevokeController,
    WellKnownController,
    // native
    MintBatchController,
    InspectTokenController,
    RenewTokenController,
    RevocationsController,
    UsersController,
    AppsController,
    ClientsController,
    TrustedIssuersController,
    KeysController,
    AuditController,
    // business
    RegisterController,
    LoginController,
    RefreshController,
    BusinessSessionsController,
    CredentialsController,
    TotpController,
    PasskeysController,
    RecoveryController,
    MeController,
  ],
  providers: [
    OAuthCallers,
    AppsAndClients,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    TokenExchangeGrant,
    CallingClients,
    DpopKeys,
    WrongSecrets,
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_PIPE, useValue: validationPipe },
  ],
})
export class ApiModule {}
