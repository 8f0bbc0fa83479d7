import type { Command } from 'commander';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { describeUser } from '../im/users/describe-user.js';
import type { UserStatus } from '../ports/user-record.js';
import { print, type RunWithBroker } from './run.js';

/** `users …`: IM users. */
export function addUserCommands(program: Command, run: RunWithBroker): void {
  const users = program.command('users').description('IM users');
  const addStatus = (name: string, status: UserStatus, description: string) =>
    users
      .command(`${name} <userId>`)
      .description(description)
      .option('--app <appId>', 'the app of the user', DEFAULT_APP_ID)
      .action((userId: string, { app }: { app: string }) =>
        run(async (broker) => {
          const changed = await broker.changeUser.change(app, userId, { status });
          await broker.untilKnown();
          print(describeUser(userId, changed));
        }),
      );
  addStatus('suspend', 'suspended', 'nothing of the user works and nothing is minted from now on');
  addStatus('activate', 'active', 'lifts a suspension: what has not ended otherwise works again');
}
