import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FinishLogin } from '../../../business-auth/login/finish-login.js';
import { LogIn } from '../../../business-auth/login/log-in.js';
import { LogInWithPasskey } from '../../../business-auth/passkeys/log-in-with-passkey.js';
import { callerAddress } from '../../caller-address.js';
import { CallingClients } from '../../calling-clients.js';
import { DpopKeys } from '../../dpop.js';
import { Answers } from '../answers.js';
import {
  clientId,
  clientSecret,
  code,
  credential,
  deviceId,
  opaqueToken,
  PasskeyChallengeAnswer,
  password,
  TokensAnswer,
  tokensAnswerOf,
  username,
} from './fields.js';

const LoginBody = z.strictObject({
  username,
  password,
  clientId,
  clientSecret: clientSecret.optional(),
  deviceId: deviceId.optional(),
});

const SecondFactorAnswer = z.object({
  mfaRequired: z.literal(true),
  mfaToken: z.string(),
  methods: z.array(z.enum(['totp', 'recovery_code', 'passkey'])),
});

const MfaBody = z.discriminatedUnion(
  'method',
  [
    z.strictObject({ mfaToken: opaqueToken, method: z.literal(['totp', 'recovery_code']), code }),
    z.strictObject({
      mfaToken: opaqueToken,
      method: z.literal('passkey'),
      passkeyToken: opaqueToken,
      credential,
    }),
  ],
  "must be 'totp', 'recovery_code' or 'passkey'",
);

const MfaPasskeyBody = z.strictObject({ mfaToken: opaqueToken });

const ClientBody = z.strictObject({ clientId, clientSecret: clientSecret.optional() });

const PasskeyBody = ClientBody.extend({
  passkeyToken: opaqueToken,
  credential,
  deviceId: deviceId.optional(),
});

/** `POST /v1/auth/login` and its second step. */
@ApiTags('business')
@Controller('v1/auth/login')
export class LoginController {
  constructor(
    private readonly clients: CallingClients,
    private readonly dpop: DpopKeys,
    private readonly login: LogIn,
    private readonly secondStep: FinishLogin,
    private readonly passkeyLogin: LogInWithPasskey,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Log in with name and password',
    description:
      'With a second factor the answer holds `mfaToken`, and the login is finished by `POST /v1/auth/login/mfa`. With a `DPoP` proof the tokens are bound to its key.',
  })
  @Answers(200, z.union([TokensAnswer, SecondFactorAnswer]))
  async logIn(
    @Req() request: FastifyRequest,
    @Body({ schema: LoginBody }) body: z.infer<typeof LoginBody>,
  ) {
    const client = await this.clients.prove(request, body);
    const jkt = await this.dpop.ofClient(request, client);
    const { username: name, password: secret, deviceId: device = '' } = body;
    const asked = { client, username: name, password: secret, deviceId: device, jkt };
    const outcome = await this.login.logIn({ ...asked, address: callerAddress(request) });
    if (outcome.kind === 'session') return tokensAnswerOf(outcome.tokens);
    const { mfaToken, methods } = outcome;
    return { mfaRequired: true as const, mfaToken, methods };
  }

  @Post('mfa')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Finish a login with a code or a passkey' })
  @Answers(200, TokensAnswer)
  async finish(
    @Req() request: FastifyRequest,
    @Body({ schema: MfaBody }) body: z.infer<typeof MfaBody>,
  ) {
    const jkt = await this.dpop.of(request);
    const { mfaToken, ...proof } = body;
    const step = { mfaToken, proof, jkt, address: callerAddress(request) };
    return tokensAnswerOf(await this.secondStep.finish(step));
  }

  @Post('mfa/passkey')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Get what a browser needs to finish a login with a passkey' })
  @Answers(200, PasskeyChallengeAnswer)
  askForSecond(
    @Req() request: FastifyRequest,
    @Body({ schema: MfaPasskeyBody }) { mfaToken }: z.infer<typeof MfaPasskeyBody>,
  ) {
    return this.secondStep.askForPasskey(mfaToken, callerAddress(request));
  }

  @Post('passkey/options')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Get what a browser needs to log in with a passkey alone' })
  @Answers(200, PasskeyChallengeAnswer)
  async askForPasskey(
    @Req() request: FastifyRequest,
    @Body({ schema: ClientBody }) body: z.infer<typeof ClientBody>,
  ) {
    const client = await this.clients.prove(request, body);
    return this.passkeyLogin.begin(client, callerAddress(request));
  }

  @Post('passkey')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Log in with a passkey alone: two factors in one' })
  @Answers(200, TokensAnswer)
  async logInWithPasskey(
    @Req() request: FastifyRequest,
    @Body({ schema: PasskeyBody }) body: z.infer<typeof PasskeyBody>,
  ) {
    const client = await this.clients.prove(request, body);
    const jkt = await this.dpop.ofClient(request, client);
    const { passkeyToken, credential: shown, deviceId: device = '' } = body;
    const login = { client, passkeyToken, credential: shown, deviceId: device, jkt };
    const address = callerAddress(request);
    return tokensAnswerOf(await this.passkeyLogin.finish({ ...login, address }));
  }
}
