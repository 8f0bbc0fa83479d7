import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { describeIssuer } from '../../business-auth/federation/describe-issuer.js';
import {
  TrustedIssuers,
  type TrustRequest,
} from '../../business-auth/federation/trusted-issuers.js';
import { Clock, toUnixSeconds } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';

const field = (max: number) =>
  z.string('must be a string').max(max, `must not be longer than ${max} characters`);

/** What each may be is for the domain to say, which the command line asks, too. */
const IssuerBody = z.strictObject({
  name: field(64).meta({ description: 'Lower-case letters, digits and inner hyphens.' }),
  issuer: field(2000).meta({ description: 'The `iss` of its tokens, to the letter.' }),
  jwksUrl: field(2000),
  audience: field(500).meta({ description: 'The `aud` that its tokens must hold.' }),
  userIdClaim: field(500).optional().meta({ description: '`sub` when absent.' }),
  userIdTemplate: field(200).optional().meta({ description: '`{name}/{id}` when absent.' }),
  mayNameAnyUser: z
    .boolean('must be true or false')
    .optional()
    .meta({ description: 'Must be true for a template without `{name}`.' }),
});

const IssuerAnswer = z.object({
  id: z.string(),
  appId: z.string(),
  name: z.string(),
  issuer: z.string(),
  jwksUrl: z.string(),
  audience: z.string(),
  userIdClaim: z.string(),
  userIdTemplate: z.string(),
  createdAt: z.iso.datetime(),
  removedAt: z.iso.datetime().nullable(),
});

/** `/v1/apps/{appId}/trusted-issuers`: whose logins an app takes. */
@ApiTags('apps')
@Controller('v1/apps/:appId/trusted-issuers')
export class TrustedIssuersController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly issuers: TrustedIssuers,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'List the trusted issuers of an app, removed ones too' })
  @Answers(200, z.object({ trustedIssuers: z.array(IssuerAnswer) }))
  async list(@Param('appId') id: string) {
    const { appId } = await this.apps.rules(id);
    return { trustedIssuers: this.issuers.list(appId).map(describeIssuer) };
  }

  @Post()
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'Trust an issuer: its tokens are exchanged from now on' })
  @Answers(201, IssuerAnswer)
  async add(
    @Caller() caller: AdminPrincipal,
    @Param('appId') appId: string,
    @Body({ schema: IssuerBody }) body: z.infer<typeof IssuerBody>,
  ) {
    this.#requireFreshProof(caller);
    const given = Object.entries(body).filter(([, value]) => value !== undefined);
    const request = Object.fromEntries(given) as unknown as TrustRequest;
    return describeIssuer(await this.issuers.add(appId, request, caller.name));
  }

  @Delete(':id')
  @HttpCode(204)
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'Trust an issuer no more' })
  async remove(
    @Caller() caller: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('id') id: string,
  ): Promise<void> {
    this.#requireFreshProof(caller);
    await this.issuers.remove(appId, id, caller.name);
  }

  #requireFreshProof(caller: AdminPrincipal): void {
    const now = toUnixSeconds(this.clock.nowMs());
    caller.requireFreshProof(now, this.config.stepUp.maxAgeSeconds);
  }
}
