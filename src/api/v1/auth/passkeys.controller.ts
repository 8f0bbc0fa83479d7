import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Passkeys } from '../../../business-auth/passkeys/passkeys.js';
import { BusinessCaller } from '../../../business-auth/tokens/business-caller.js';
import { asTime } from '../../../common/clock.js';
import type { Passkey } from '../../../ports/account-record.js';
import { callerAddress } from '../../caller-address.js';
import { Answers } from '../answers.js';
import { text } from '../fields.js';
import { BusinessCall, FreshBusinessCall, Person } from './business-call.js';
import { credential, opaqueToken, PasskeyChallengeAnswer } from './fields.js';

const AddBody = z.strictObject({
  passkeyToken: opaqueToken,
  credential,
  name: text(100).min(1, 'must not be empty'),
});

const PasskeyAnswer = z.object({
  passkeyId: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});

const AddAnswer = PasskeyAnswer.extend({
  recoveryCodes: z.array(z.string()).meta({
    description: 'With the account’s first second factor; shown this once, each works once.',
  }),
});

/** `/v1/auth/passkeys`: a person's passkeys. */
@ApiTags('business')
@Controller('v1/auth/passkeys')
export class PasskeysController {
  constructor(private readonly passkeys: Passkeys) {}

  @Get()
  @BusinessCall()
  @ApiOperation({ summary: 'List one’s passkeys' })
  @Answers(200, z.object({ passkeys: z.array(PasskeyAnswer) }))
  list(@Person() { record }: BusinessCaller) {
    return { passkeys: record.passkeys.map(passkeyAnswerOf) };
  }

  @Post('options')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @FreshBusinessCall()
  @ApiOperation({ summary: 'Get what a browser needs to make a passkey' })
  @Answers(200, PasskeyChallengeAnswer)
  begin(@Req() request: FastifyRequest, @Person() person: BusinessCaller) {
    return this.passkeys.begin(person, callerAddress(request));
  }

  @Post()
  @Header('cache-control', 'no-store')
  @FreshBusinessCall()
  @ApiOperation({
    summary: 'Add a passkey',
    description: 'From then on a login with the password wants a second factor.',
  })
  @Answers(201, AddAnswer)
  async add(
    @Person() person: BusinessCaller,
    @Body({ schema: AddBody }) body: z.infer<typeof AddBody>,
  ) {
    const { passkeyToken, credential: made, name } = body;
    const added = await this.passkeys.finish(person, passkeyToken, made, name);
    return { ...passkeyAnswerOf(added.passkey), recoveryCodes: added.recoveryCodes };
  }

  @Delete(':passkeyId')
  @HttpCode(204)
  @FreshBusinessCall()
  @ApiOperation({ summary: 'Take a passkey away' })
  async remove(
    @Person() person: BusinessCaller,
    @Param('passkeyId') passkeyId: string,
  ): Promise<void> {
    await this.passkeys.remove(person, passkeyId);
  }
}

function passkeyAnswerOf({ id, name, createdAt, lastUsedAt }: Passkey) {
  return {
    passkeyId: id,
    name,
    createdAt: asTime(createdAt),
    lastUsedAt: lastUsedAt === null ? null : asTime(lastUsedAt),
  };
}
