import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ChangePassword } from '../../../business-auth/accounts/change-password.js';
import { StepUp } from '../../../business-auth/login/step-up.js';
import { BusinessCaller } from '../../../business-auth/tokens/business-caller.js';
import { callerAddress } from '../../caller-address.js';
import { Answers } from '../answers.js';
import { BusinessCall, FreshBusinessCall, Person } from './business-call.js';
import {
  code,
  credential,
  opaqueToken,
  PasskeyChallengeAnswer,
  password,
  TokensAnswer,
  tokensAnswerOf,
} from './fields.js';

const StepUpBody = z.union(
  [
    z.strictObject({ password }),
    z.strictObject({ code }),
    z.strictObject({ passkeyToken: opaqueToken, credential }),
  ],
  'must hold either a password, a code, or a passkeyToken with its credential',
);

const StepUpAnswer = z.object({
  accessToken: z.string(),
  tokenType: z.enum(['Bearer', 'DPoP']),
  expiresIn: z.int().meta({ description: 'Seconds.' }),
});

const PasswordBody = z.strictObject({ currentPassword: password, newPassword: password });

/** What a person proves anew, or changes about how they are proven. */
@ApiTags('business')
@Controller('v1/auth')
export class CredentialsController {
  constructor(
    private readonly steppingUp: StepUp,
    private readonly changing: ChangePassword,
  ) {}

  @Post('step-up')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @BusinessCall()
  @ApiOperation({
    summary: 'Prove oneself anew (RFC 9470): a fresh access token',
    description:
      'With a password it says `urn:countersign:acr:single`, with a code or a passkey `urn:countersign:acr:multi`, which sensitive calls want of accounts that have a second factor.',
  })
  @Answers(200, StepUpAnswer)
  async stepUp(
    @Req() request: FastifyRequest,
    @Person() person: BusinessCaller,
    @Body({ schema: StepUpBody }) body: z.infer<typeof StepUpBody>,
  ) {
    const { accessToken, expiresIn } = await this.steppingUp.stepUp(
      person,
      body,
      callerAddress(request),
    );
    const tokenType = person.session.jkt === '' ? 'Bearer' : 'DPoP';
    return { accessToken, tokenType, expiresIn };
  }

  @Post('step-up/passkey')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @BusinessCall()
  @ApiOperation({ summary: 'Get what a browser needs to prove oneself anew with a passkey' })
  @Answers(200, PasskeyChallengeAnswer)
  askForPasskey(@Req() request: FastifyRequest, @Person() person: BusinessCaller) {
    return this.steppingUp.askForPasskey(person, callerAddress(request));
  }

  @Post('password')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @FreshBusinessCall()
  @ApiOperation({
    summary: 'Change one’s password',
    description:
      'Ends every session of the account, and the IM sessions born from them; the answer holds the tokens of a new one.',
  })
  @Answers(200, TokensAnswer)
  async changePassword(
    @Req() request: FastifyRequest,
    @Person() person: BusinessCaller,
    @Body({ schema: PasswordBody }) body: z.infer<typeof PasswordBody>,
  ) {
    const { currentPassword, newPassword } = body;
    const address = callerAddress(request);
    return tokensAnswerOf(
      await this.changing.change(person, currentPassword, newPassword, address),
    );
  }
}
