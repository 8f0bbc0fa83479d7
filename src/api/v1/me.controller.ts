import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Guessing } from '../../business-auth/guessing/guessing.js';
import { BusinessCaller } from '../../business-auth/tokens/business-caller.js';
import { ExchangeForImToken } from '../../exchange/exchange-for-im-token.js';
import { AdminTokens } from '../../im/apps/admin-tokens.js';
import { Answers } from './answers.js';
import { BusinessCall, Person } from './auth/business-call.js';
import { deviceId, platformId, scope } from './fields.js';
import { MintAnswer } from './mint-token.answers.js';
import { mintAnswerOf } from './mint-token.js';

const ImTokenBody = z.strictObject({
  platformId,
  deviceId: deviceId.optional(),
  scope: scope.optional(),
});

const AdminTokenBody = z.strictObject({
  scope: scope.meta({
    description: 'Space-separated scopes of admin tokens, of those that the account was granted.',
  }),
});

const AdminTokenAnswer = z.object({
  token: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().meta({ description: 'Seconds.' }),
  scope: z.string(),
});

/** What a person gets with their own business access token. */
@ApiTags('business')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly exchanging: ExchangeForImToken,
    private readonly admins: AdminTokens,
    private readonly limits: Guessing,
  ) {}

  @Post('im-token')
  @Header('cache-control', 'no-store')
  @BusinessCall()
  @ApiOperation({
    summary: 'Exchange a business access token for a user token',
    description:
      'Its session ends with the business session that it came from, and is of the device of that login unless another is named. `scope` is some of `im:connect im:renew`.',
  })
  @Answers(201, MintAnswer)
  async imToken(
    @Person() { account, principal }: BusinessCaller,
    @Body({ schema: ImTokenBody }) body: z.infer<typeof ImTokenBody>,
  ) {
    const { platformId: platform, deviceId: device = '', scope: words } = body;
    const wanted = { platformId: platform, deviceId: device };
    const request = words === undefined ? wanted : { ...wanted, scope: words };
    await this.limits.exchange(account);
    return mintAnswerOf(await this.exchanging.exchange(principal, request, 'person'));
  }

  @Post('admin-token')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @BusinessCall()
  @ApiOperation({
    summary: 'Get an admin token in one’s own name',
    description: 'For accounts that were granted scopes. It dies with the business session.',
  })
  @Answers(201, AdminTokenAnswer)
  async adminToken(
    @Person() { principal }: BusinessCaller,
    @Body({ schema: AdminTokenBody }) body: z.infer<typeof AdminTokenBody>,
  ) {
    const issued = await this.admins.issueToPerson(principal, body.scope.split(' '));
    return { ...issued, tokenType: 'Bearer' as const };
  }
}
