import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { describeTrustedIssuer } from '../../business-auth/federation/describe-trusted-issuer.js';
import {
  TrustedIssuers,
  type TrustRequest,
} from '../../business-auth/federation/trusted-issuers.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { AdminCall, Caller, FreshAdminCall } from './admin-call.js';
import { Answers } from './answers.js';

/** What it must be is judged where the command asks for it, too. */
const text = (description: string) => z.string().meta({ description });

const IssuerBody = z.strictObject({
  name: text('Short, and unique within the app: it goes in front of the user ids.'),
  issuer: text('The `iss` of its tokens, to the letter.'),
  jwksUrl: text('Where its keys are: https, or this machine.'),
  audience: text('The `aud` that its tokens must hold.'),
  userIdClaim: text('The claim that says who it is; `sub` when absent.').optional(),
  userIdTemplate: text(
    'How an IM user id is made of `{name}` and `{id}`; `{name}/{id}` when absent.',
  ).optional(),
  mayNameAnyUser: z.boolean().optional().meta({
    description:
      'Must be true where the template does not begin with `{name}` and something that is no letter, digit or hyphen.',
  }),
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

/** `/v1/apps/{appId}/trusted-issuers`: the operator's calls about whose logins an app trusts. */
@ApiTags('apps')
@Controller('v1/apps/:appId/trusted-issuers')
export class TrustedIssuersController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly issuers: TrustedIssuers,
  ) {}

  @Get()
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'List the issuers that an app trusts, removed ones too' })
  @Answers(200, z.object({ trustedIssuers: z.array(IssuerAnswer) }))
  async list(@Param('appId') id: string) {
    const { appId } = await this.apps.rules(id);
    return { trustedIssuers: this.issuers.list(appId).map(describeTrustedIssuer) };
  }

  @Post()
  @FreshAdminCall('apps:write')
  @ApiOperation({
    summary: 'Trust the logins of an OpenID provider',
    description: 'Nothing is fetched from it yet. Wants a fresh admin token.',
  })
  @Answers(201, IssuerAnswer)
  async add(
    @Caller() { name: by }: AdminPrincipal,
    @Param('appId') appId: string,
    @Body({ schema: IssuerBody }) body: z.infer<typeof IssuerBody>,
  ) {
    return describeTrustedIssuer(await this.issuers.add(appId, body as TrustRequest, by));
  }

  @Delete(':issuerId')
  @HttpCode(204)
  @FreshAdminCall('apps:write')
  @ApiOperation({
    summary: 'Trust an issuer no more',
    description: 'Doing so again changes nothing. Wants a fresh admin token.',
  })
  async remove(
    @Caller() { name: by }: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('issuerId') id: string,
  ): Promise<void> {
    await this.issuers.remove(appId, id, by);
  }
}
