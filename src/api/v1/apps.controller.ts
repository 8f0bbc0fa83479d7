import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AppSecrets } from '../../im/apps/app-secrets.js';
import { CreateApp } from '../../im/apps/create-app.js';
import { describeApp, describeNewApp, describeSecret } from '../../im/apps/describe-app.js';
import type { AppSettings } from '../../ports/control-ledger.port.js';
import { AdminCall, FreshAdminCall } from './admin-call.js';
import { Answers } from './answers.js';
import { appId, text, ttlSeconds, userId } from './fields.js';

const Settings = z.strictObject({
  adminUserIds: z.array(userId).max(100).optional(),
  userTtlSeconds: ttlSeconds.optional(),
  roleTtlSeconds: z.record(z.string().max(64), ttlSeconds).optional(),
  multiLoginPolicy: z.literal([0, 1, 4, 5], 'must be one of 0, 1, 4, 5').optional(),
  maxNumOneEnd: z.int().min(1).max(1000).optional(),
  algorithm: z.enum(['ES256', 'HS256'], "must be 'ES256' or 'HS256'").optional(),
});

const Scopes = z.array(z.string()).max(50);

const AppBody = z.strictObject({
  id: appId,
  name: text(200).optional(),
  settings: Settings.optional(),
  scopes: Scopes.optional(),
});

const SecretBody = z.strictObject({ scopes: Scopes.optional() });

const SecretAnswer = z.object({
  id: z.string(),
  secret: z.string().meta({ description: 'Shown this once.' }),
  scopes: z.array(z.string()),
  createdAt: z.iso.datetime(),
});

const AppAnswer = z.object({
  id: z.string(),
  name: z.string(),
  settings: Settings,
  createdAt: z.iso.datetime(),
});

/** `/v1/apps`: the operator's calls about apps and their secrets. */
@ApiTags('apps')
@Controller('v1/apps')
export class AppsController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly creating: CreateApp,
    private readonly secrets: AppSecrets,
  ) {}

  @Get()
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'List the apps' })
  @Answers(200, z.object({ apps: z.array(AppAnswer) }))
  list() {
    return { apps: this.apps.list().map(describeApp) };
  }

  @Post()
  @FreshAdminCall('apps:write')
  @ApiOperation({ summary: 'Create an app; its first secret is shown this once' })
  @Answers(201, AppAnswer.extend({ secret: SecretAnswer }))
  async create(@Body({ schema: AppBody }) body: z.infer<typeof AppBody>) {
    const { id, name = id, settings = {}, scopes } = body;
    const request = { id, name, settings: settings as AppSettings };
    const made = await this.creating.create(
      scopes === undefined ? request : { ...request, scopes },
    );
    return describeNewApp(made.app, made.secret);
  }

  @Post(':appId/secrets')
  @FreshAdminCall('apps:write')
  @ApiOperation({ summary: 'Issue a further secret, valid beside the one in use' })
  @Answers(201, SecretAnswer)
  async issueSecret(
    @Param('appId') id: string,
    @Body({ schema: SecretBody.nullish() }) body?: z.infer<typeof SecretBody> | null,
  ) {
    return describeSecret(await this.secrets.issue(id, body?.scopes));
  }

  @Delete(':appId/secrets/:secretId')
  @HttpCode(204)
  @FreshAdminCall('apps:write')
  @ApiOperation({ summary: 'Withdraw a secret, and with it every admin token that it got' })
  async withdrawSecret(
    @Param('appId') id: string,
    @Param('secretId') secretId: string,
  ): Promise<void> {
    await this.secrets.withdraw(id, secretId);
  }
}
