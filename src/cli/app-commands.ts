import type { Command } from 'commander';
import { BrokerError } from '../common/errors.js';
import { isSlug, SLUG_PROBLEM } from '../common/identifiers.js';
import {
  describeApp,
  describeKeptSecret,
  describeNewApp,
  describeSecret,
} from '../im/apps/describe-app.js';
import { print, type RunWithBroker } from './run.js';

/** `apps …`: apps and their secrets. */
export function addAppCommands(program: Command, run: RunWithBroker): void {
  const apps = program.command('apps').description('apps and their secrets');

  apps
    .command('list')
    .description('lists the apps')
    .action(() => run(async (broker) => print({ apps: broker.apps.list().map(describeApp) })));

  apps
    .command('create <appId>')
    .description('creates an app and prints its secret, this once')
    .option('--name <name>', 'name for people')
    .action((id: string, { name = id }: { name?: string }) =>
      run(async (broker) => {
        if (!isSlug(id)) throw new BrokerError('invalid_request', `an app id ${SLUG_PROBLEM}`);
        const { app, secret } = await broker.createApp.create({ id, name, settings: {} });
        await broker.untilKnown();
        print(describeNewApp(app, secret));
      }),
    );

  apps
    .command('rotate-secret <appId>')
    .description('prints a new secret, valid beside the one in use until that is withdrawn')
    .option('--withdraw <secretId>', 'instead: withdraws a secret and every admin token it got')
    .action((id: string, { withdraw }: { withdraw?: string }) =>
      run(async (broker) => {
        if (withdraw === undefined) {
          print(describeSecret(await broker.appSecrets.issue(id)));
        } else {
          await broker.appSecrets.withdraw(id, withdraw);
          await broker.untilKnown();
          print({ appId: id, withdrawn: withdraw });
        }
      }),
    );

  apps
    .command('secrets <appId>')
    .description('lists the secrets of an app, never the secrets themselves')
    .action((id: string) =>
      run(async (broker) => {
        print({ secrets: broker.appSecrets.list(id).map(describeKeptSecret) });
      }),
    );
}
