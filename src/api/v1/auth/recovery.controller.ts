import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CompleteRecovery } from '../../../business-auth/recovery/complete-recovery.js';
import { StartRecovery } from '../../../business-auth/recovery/start-recovery.js';
import { callerAddress } from '../../caller-address.js';
import { CallingClients } from '../../calling-clients.js';
import { Answers } from '../answers.js';
import { clientId, clientSecret, code, email, opaqueToken, password, username } from './fields.js';

const StartBody = z
  .strictObject({
    username: username.optional(),
    email: email.optional(),
    clientId,
    clientSecret: clientSecret.optional(),
  })
  .meta({ description: 'Either `username` or `email`.' })
  .refine((body) => (body.username === undefined) !== (body.email === undefined), {
    message: 'must hold either a username or an email',
  });

const StartAnswer = z.object({ recoveryToken: z.string() });

const CompleteBody = z.strictObject({ recoveryToken: opaqueToken, code, newPassword: password });

/** `/v1/auth/recovery`: for whoever has forgotten the password. */
@ApiTags('business')
@Controller('v1/auth/recovery')
export class RecoveryController {
  constructor(
    private readonly clients: CallingClients,
    private readonly starting: StartRecovery,
    private readonly completing: CompleteRecovery,
  ) {}

  @Post('start')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Have a code sent to the owner of an account',
    description:
      'The answer is the same, at the same time, whether there is such an account or not.',
  })
  @Answers(202, StartAnswer)
  async start(
    @Req() request: FastifyRequest,
    @Body({ schema: StartBody }) body: z.infer<typeof StartBody>,
  ) {
    const client = await this.clients.prove(request, body);
    const address = callerAddress(request);
    const { username: name, email: mail } = body;
    const whose = name === undefined ? { email: mail ?? '' } : { username: name };
    return { recoveryToken: await this.starting.start({ client, address, ...whose }) };
  }

  @Post('complete')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Set a new password with the code',
    description: 'Ends every session of the account, and the IM sessions born from them.',
  })
  async complete(
    @Req() request: FastifyRequest,
    @Body({ schema: CompleteBody }) body: z.infer<typeof CompleteBody>,
  ): Promise<void> {
    await this.completing.complete({ ...body, address: callerAddress(request) });
  }
}
