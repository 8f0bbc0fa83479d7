import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { TOKEN_STATUSES } from '../../common/errors.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { describeInspection } from '../../im/tokens/describe-inspection.js';
import { InspectUserToken } from '../../im/tokens/inspect-user-token.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';

const InspectBody = z.strictObject({ token: z.string() });

const InspectAnswer = z.object({
  status: z.enum(TOKEN_STATUSES),
  active: z.boolean(),
  userId: z.string().optional(),
  platformId: z.int().optional(),
  sessionId: z.string().optional(),
  deviceId: z.string().nullable().optional(),
  issuedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
  keyId: z.string().optional(),
  causes: z
    .array(z.looseObject({ type: z.string(), at: z.iso.datetime().optional() }))
    .meta({ description: 'Every reason: by whom, when, why, or by which newcomer.' }),
});

/** `POST /v1/im/tokens/inspect`: what a token is, and every reason why it doesn't work. */
@ApiTags('tokens')
@Controller('v1/im/tokens')
export class InspectTokenController {
  constructor(private readonly tokens: InspectUserToken) {}

  @Post('inspect')
  @HttpCode(200)
  @AdminCall('im:tokens:inspect')
  @ApiOperation({ summary: 'Explain a user token' })
  @Answers(200, InspectAnswer)
  async inspect(
    @Caller() caller: AdminPrincipal,
    @Body({ schema: InspectBody }) { token }: z.infer<typeof InspectBody>,
  ) {
    return describeInspection(await this.tokens.inspect(caller.appId, token));
  }
}
