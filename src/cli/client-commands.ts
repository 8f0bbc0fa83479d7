import type { Command } from 'commander';
import {
  describeClient,
  describeClientWithSecret,
} from '../business-auth/clients/describe-client.js';
import type { ClientRequest } from '../business-auth/clients/clients.js';
import { BrokerError } from '../common/errors.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import type { ClientRow } from '../ports/control-ledger.port.js';
import { print, type RunWithBroker } from './run.js';

interface CreateOptions {
  readonly app: string;
  readonly id?: string;
  readonly name?: string;
  readonly type: string;
  readonly dpop: boolean;
}

/** `clients …`: the programs that people log in with. */
export function addClientCommands(program: Command, run: RunWithBroker): void {
  const clients = program.command('clients').description('the programs that people log in with');
  const app = ['--app <appId>', 'the app that it belongs to', DEFAULT_APP_ID] as const;
  clients
    .command('list')
    .description('lists the clients of an app, removed ones too')
    .option(...app)
    .action((options: { app: string }) =>
      run(async (broker) => {
        const { appId } = await broker.apps.rules(options.app);
        print({ clients: broker.clients.list(appId).map(describeClient) });
      }),
    );
  clients
    .command('create')
    .description('makes a client and prints the secret of a confidential one, this once')
    .option(...app)
    .option('--id <id>', 'its id; made up when absent')
    .option('--name <name>', 'name for people')
    .option('--type <type>', 'public or confidential', 'public')
    .option('--dpop', 'its tokens must be bound to a key of its own', false)
    .action((options: CreateOptions) =>
      run(async (broker) => {
        const request = requestOf(options);
        const made = await broker.clients.create(options.app, request, 'cli');
        await broker.untilKnown();
        print(describeClientWithSecret(made));
      }),
    );
  clients
    .command('rotate-secret <clientId>')
    .description('gives a confidential client another secret, valid beside the newest that it has')
    .option(...app)
    .action((clientId: string, options: { app: string }) =>
      run(async (broker) => {
        const made = await broker.clients.rotateSecret(options.app, clientId, 'cli');
        await broker.untilKnown();
        print(describeClientWithSecret(made));
      }),
    );
  clients
    .command('remove <clientId>')
    .description('nobody logs in or refreshes with it any more')
    .option(...app)
    .action((clientId: string, options: { app: string }) =>
      run(async (broker) => {
        await broker.clients.remove(options.app, clientId, 'cli');
        await broker.untilKnown();
        print({ clientId, removed: true });
      }),
    );
}

function requestOf({ id, name, type, dpop }: CreateOptions): ClientRequest {
  return {
    type: typeOf(type),
    requiresDpop: dpop,
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
  };
}

function typeOf(text: string): ClientRow['type'] {
  if (text === 'public' || text === 'confidential') return text;
  throw new BrokerError('invalid_request', '--type must be public or confidential');
}
