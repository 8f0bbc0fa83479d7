import { Body, Controller, Delete, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BusinessCaller } from '../../../business-auth/tokens/business-caller.js';
import { TotpEnrolment } from '../../../business-auth/totp/totp-enrolment.js';
import { callerAddress } from '../../caller-address.js';
import { Answers } from '../answers.js';
import { FreshBusinessCall, Person } from './business-call.js';
import { code } from './fields.js';

const OfferAnswer = z.object({ secret: z.string(), otpauthUri: z.string() });
const ConfirmBody = z.strictObject({ code });
const ConfirmAnswer = z.object({
  recoveryCodes: z.array(z.string()).meta({ description: 'Shown this once; each works once.' }),
});

/** `/v1/auth/mfa/totp`: the authenticator app of an account. */
@ApiTags('business')
@Controller('v1/auth/mfa/totp')
export class TotpController {
  constructor(private readonly enrolment: TotpEnrolment) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @FreshBusinessCall()
  @ApiOperation({ summary: 'Get a secret for an authenticator app; it counts once confirmed' })
  @Answers(200, OfferAnswer)
  begin(@Person() person: BusinessCaller) {
    return this.enrolment.begin(person);
  }

  @Post('confirm')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @FreshBusinessCall()
  @ApiOperation({ summary: 'Take the app into use by a code of it' })
  @Answers(200, ConfirmAnswer)
  async confirm(
    @Req() request: FastifyRequest,
    @Person() person: BusinessCaller,
    @Body({ schema: ConfirmBody }) body: z.infer<typeof ConfirmBody>,
  ) {
    return {
      recoveryCodes: await this.enrolment.confirm(person, body.code, callerAddress(request)),
    };
  }

  @Delete()
  @HttpCode(204)
  @FreshBusinessCall()
  @ApiOperation({ summary: 'Take the app away' })
  async remove(@Person() person: BusinessCaller): Promise<void> {
    await this.enrolment.remove(person);
  }
}
