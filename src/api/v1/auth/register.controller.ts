import { Body, Controller, Inject, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RegisterAccount } from '../../../business-auth/accounts/register-account.js';
import { Guessing } from '../../../business-auth/guessing/guessing.js';
import { BrokerError } from '../../../common/errors.js';
import { CONFIG, type Config } from '../../../config/config.js';
import { callerAddress } from '../../caller-address.js';
import { CallingClients } from '../../calling-clients.js';
import { Answers } from '../answers.js';
import { clientId, clientSecret, email, newUsername, password, phone } from './fields.js';

const RegisterBody = z.strictObject({
  username: newUsername,
  password,
  clientId,
  clientSecret: clientSecret.optional(),
  email: email.optional(),
  phone: phone.optional(),
});

const RegisterAnswer = z.object({ userId: z.string(), username: z.string() });

/** `POST /v1/auth/register`: an account of the client's app. */
@ApiTags('business')
@Controller('v1/auth')
export class RegisterController {
  constructor(
    private readonly clients: CallingClients,
    private readonly registering: RegisterAccount,
    private readonly guessing: Guessing,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('register')
  @ApiOperation({
    summary: 'Register an account',
    description: 'Refused with `registration_closed` where only operators register accounts.',
  })
  @Answers(201, RegisterAnswer)
  async register(
    @Req() request: FastifyRequest,
    @Body({ schema: RegisterBody }) body: z.infer<typeof RegisterBody>,
  ) {
    const client = await this.clients.prove(request, body);
    if (this.config.businessAuth.registration === 'closed') {
      throw new BrokerError('registration_closed', 'accounts are registered by operators only');
    }
    await this.guessing.register(callerAddress(request));
    const { username, email: address = '', phone: number = '' } = body;
    const account = { appId: client.appId, username, email: address, phone: number, by: '' };
    const userId = await this.registering.register({ ...account, password: body.password });
    return { userId, username };
  }
}
