import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Clients } from '../../business-auth/clients/clients.js';
import {
  describeClient,
  describeClientWithSecret,
} from '../../business-auth/clients/describe-client.js';
import { AppDirectory } from '../../im/apps/app-directory.js';
import { AdminPrincipal } from '../../im/apps/check-admin-token.js';
import { AdminCall, Caller, FreshAdminCall } from './admin-call.js';
import { Answers } from './answers.js';
import { clientId, nameForPeople } from './fields.js';

const ClientType = z.enum(['public', 'confidential'], "must be 'public' or 'confidential'");

const ClientBody = z.strictObject({
  id: clientId.optional(),
  name: nameForPeople.optional(),
  type: ClientType,
  requiresDpop: z.boolean().optional().meta({
    description: 'Whether its tokens must be bound to a key of its own (RFC 9449).',
  }),
});

const ClientAnswer = z.object({
  id: z.string(),
  appId: z.string(),
  name: z.string(),
  type: ClientType,
  requiresDpop: z.boolean(),
  validSecrets: z.int().meta({ description: 'How many secrets it may prove itself with.' }),
  createdAt: z.iso.datetime(),
  removedAt: z.iso.datetime().nullable(),
});

const shownOnce = z.string().meta({ description: 'Shown this once.' });

/** `/v1/apps/{appId}/clients`: the operator's calls about what people log in with. */
@ApiTags('apps')
@Controller('v1/apps/:appId/clients')
export class ClientsController {
  constructor(
    private readonly apps: AppDirectory,
    private readonly clients: Clients,
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
  @Header('cache-control', 'no-store')
  @FreshAdminCall('apps:write')
  @ApiOperation({
    summary: 'Create a client; the secret of a confidential one is shown this once',
    description:
      'The id is unique among all apps, and that of a removed client is not given again. Wants a fresh admin token.',
  })
  @Answers(201, ClientAnswer.extend({ clientSecret: shownOnce.optional() }))
  async create(
    @Caller() { name: by }: AdminPrincipal,
    @Param('appId') appId: string,
    @Body({ schema: ClientBody }) { id, name, type, requiresDpop }: z.infer<typeof ClientBody>,
  ) {
    const request = {
      type,
      ...(id === undefined ? {} : { id }),
      ...(name === undefined ? {} : { name }),
      ...(requiresDpop === undefined ? {} : { requiresDpop }),
    };
    return describeClientWithSecret(await this.clients.create(appId, request, by));
  }

  @Post(':clientId/secrets')
  @Header('cache-control', 'no-store')
  @FreshAdminCall('apps:write')
  @ApiOperation({
    summary: 'Give a confidential client another secret, shown this once',
    description:
      'It is valid beside the newest of those that the client has; older ones are not valid any more. Wants a fresh admin token.',
  })
  @Answers(201, ClientAnswer.extend({ clientSecret: shownOnce }))
  async rotateSecret(
    @Caller() { name: by }: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('clientId') id: string,
  ) {
    return describeClientWithSecret(await this.clients.rotateSecret(appId, id, by));
  }

  @Delete(':clientId')
  @HttpCode(204)
  @FreshAdminCall('apps:write')
  @ApiOperation({
    summary: 'Remove a client, for good: nobody logs in or refreshes with it any more',
    description: 'Removing it again changes nothing. Wants a fresh admin token.',
  })
  async remove(
    @Caller() { name: by }: AdminPrincipal,
    @Param('appId') appId: string,
    @Param('clientId') id: string,
  ): Promise<void> {
    await this.clients.remove(appId, id, by);
  }
}
