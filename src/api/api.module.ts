import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ErrorFilter } from './error.filter.js';
import { TokenController } from './oauth2/token.controller.js';
import { WellKnownController } from './oauth2/well-known.controller.js';
import { AccountCheckController } from './openim/account-check.controller.js';
import { ForceLogoutController } from './openim/force-logout.controller.js';
import { GetAdminTokenController } from './openim/get-admin-token.controller.js';
import { GetUserTokenController } from './openim/get-user-token.controller.js';
import { GetUsersOnlineStatusController } from './openim/get-users-online-status.controller.js';
import { UserRegisterController } from './openim/user-register.controller.js';
import { AppsController } from './v1/apps.controller.js';
import { InspectTokenController } from './v1/inspect-token.controller.js';
import { MintTokensController } from './v1/mint-tokens.controller.js';
import { RenewTokenController } from './v1/renew-token.controller.js';
import { UsersController } from './v1/users.controller.js';
import { validationPipe } from './validation.js';

/** The wire dialects. */
@Module({
  controllers: [
    // OpenIM
    GetAdminTokenController,
    GetUserTokenController,
    ForceLogoutController,
    UserRegisterController,
    AccountCheckController,
    GetUsersOnlineStatusController,
    // OAuth 2.0
    TokenController,
    WellKnownController,
    // native
    MintTokensController,
    InspectTokenController,
    RenewTokenController,
    UsersController,
    AppsController,
  ],
  providers: [
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_PIPE, useValue: validationPipe },
  ],
})
export class ApiModule {}
