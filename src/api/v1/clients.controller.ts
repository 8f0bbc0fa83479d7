import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Clients } from '../../business-auth/clients/clients.js';
import { describeClient } from '../../business-auth/clients/describe-client.js';
import { Clock, toUnixSeconds } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { AdminCall, Caller } from './admin-call.js';
import { Answers } from './answers.js';
import { clientId, text } from './fields.js';

const ClientBody = z.strictObject({
  id: clientId.optional(),
  name: text(200).min(1, 'must not be empty').optional(),
  type: z.enum(['public', 'confidential'], "must be 'public' or 'confidential'"),
  requiresDpop: z.boolean('must be true or false').optional(),
});

const ClientAnswer = z.object({
  clientId: z.string(),
  appId: z.string(),
  name: z.string(),
  type: z.enum(['public', 'confidential']),
  requiresDpop: z.boolean(),
  validSecrets: z.int(),
  createdAt: z.iso.datetime(),
  removedAt: z.iso.datetime().nullable(),
});

const NewClientAnswer = ClientAnswer.extend({
  clientSecret: z
    .string()
    .optional()
    .meta({ description: 'Of a confidential one; shown this once.' }),
});

/** `/v1/apps/{appId}/clients`: the programs that people log in with. */
@ApiTags('apps')
@Controller('v1/apps/:appId/clients')
export class ClientsController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly clients: Clients,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'List the clients of an app, removed ones too' })
  @Answers(200, z.object({ clients: z.array(ClientAnswer) }))
  async list(@Param('appId') id: string) {
    const { appId } = await this.apps.rules(id);
    return { clients: this.clients.list(appId).map(describeClient) };
  }

  @Post()
  @AdminCall('apps:write')
  @ApiOperation({
    summary: 'Make a client; the secret of a confidential one is shown this once',
    description:
      'Without an id one is made up. Ids are unique among all apps, and not given twice.',
  })
  @Answers(201, NewClientAnswer)
  async create(
    @Caller() caller: AdminPrincipal,
    @Param('appId') appId: string,
    @Body({ schema: ClientBody }) body: z.infer<typeof ClientBody>,
  ) {
    this.#requireFreshProof(caller);
    const { id, name, type, requiresDpop = false } = body;
    const request = {
      ...{ type, requiresDpop },
      ...(id === undefined ? {} : { id }),
      ...(name === undefined ? {} : { name }),
    };
    const { client, secret } = await this.clients.create(appId, request, caller.name);
    return { ...describeClient(client), ...(secret === undefined ? {} : { clientSecret: secret }) };
  }

  @Post(':clientId/secrets')
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'Give a confidential client another secret, beside the newest it has' })
  @Answers(201, NewClientAnswer)
  async rotateSecret(
    @Caller() caller: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('clientId') id: string,
  ) {
    this.#requireFreshProof(caller);
    const { client, secret } = await this.clients.rotateSecret(appId, id, caller.name);
    return { ...describeClient(client), clientSecret: secret };
  }

  @Delete(':clientId')
  @HttpCode(204)
  @AdminCall('apps:write')
  @ApiOperation({ summary: 'Remove a client: nobody logs in or refreshes with it any more' })
  async remove(
    @Caller() caller: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('clientId') id: string,
  ): Promise<void> {
    this.#requireFreshProof(caller);
    await this.clients.remove(appId, id, caller.name);
  }

  #requireFreshProof(caller: AdminPrincipal): void {
    const now = toUnixSeconds(this.clock.nowMs());
    caller.requireFreshProof(now, this.config.stepUp.maxAgeSeconds);
  }
}
