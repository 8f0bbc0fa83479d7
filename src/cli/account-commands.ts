import type { Command } from 'commander';
import { describeAccount } from '../business-auth/accounts/describe-account.js';
import { emailProblem } from '../business-auth/names/email.js';
import { phoneProblem } from '../business-auth/names/phone.js';
import { usernameProblem } from '../business-auth/names/username.js';
import { describeSession } from '../business-auth/sessions/describe-session.js';
import { toUnixSeconds } from '../common/clock.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import {
  addAccountChanges,
  type AddCommand,
  BY,
  type OfApp,
  requireRight,
} from './account-changes.js';
import { limitOf, lineOnInput, print, type RunWithBroker } from './run.js';

interface RegisterOptions extends OfApp {
  readonly email: string;
  readonly phone: string;
}

interface ListOptions extends OfApp {
  readonly after: string;
  readonly limit: string;
}

/** `accounts …`: business accounts and their sessions. An account is named by its username. */
export function addAccountCommands(program: Command, run: RunWithBroker): void {
  const accounts = program.command('accounts').description('business accounts');
  const addCommand = (name: string, description: string) =>
    accounts
      .command(name)
      .description(description)
      .option('--app <appId>', 'the app that they belong to', DEFAULT_APP_ID);

  addCommand('list', 'lists accounts in the order of their ids')
    .option('--after <userId>', 'those behind this one, to go on with a list', '')
    .option('--limit <number>', 'so many at most', '100')
    .action(({ app, after, limit }: ListOptions) =>
      run(async (broker) => {
        const { appId } = await broker.apps.rules(app);
        const page = await broker.manageAccounts.list(appId, after, limitOf(limit));
        print({ accounts: page.map(describeAccount) });
      }),
    );

  addCommand('register <username>', 'registers an account with the password on standard input')
    .option('--email <address>', 'where recovery codes go', '')
    .option('--phone <number>', 'E.164, as +4930123456', '')
    .action(async (username: string, { app, email, phone }: RegisterOptions) => {
      requireRight('username', usernameProblem(username));
      requireRight('email', email === '' ? undefined : emailProblem(email));
      requireRight('phone', phone === '' ? undefined : phoneProblem(phone));
      const password = await lineOnInput();
      await run(async (broker) => {
        const { appId } = await broker.apps.rules(app);
        const account = { appId, username, email, phone, password, by: BY };
        await broker.registerAccount.register(account);
        print(describeAccount(await broker.manageAccounts.find(appId, username)));
      });
    });

  addAccountChanges(addCommand, run);
  addSessions(addCommand, run);
}

function addSessions(addCommand: AddCommand, run: RunWithBroker): void {
  addCommand('show <username>', 'shows an account').action((username: string, { app }: OfApp) =>
    run(async (broker) => {
      const { appId } = await broker.apps.rules(app);
      print(describeAccount(await broker.manageAccounts.find(appId, username)));
    }),
  );

  addCommand('sessions <username>', 'lists the sessions of an account, the newest first').action(
    (username: string, { app }: OfApp) =>
      run(async (broker) => {
        const { appId } = await broker.apps.rules(app);
        const { record } = await broker.manageAccounts.find(appId, username);
        const now = toUnixSeconds(broker.clock.nowMs());
        const live = record.sessions.filter(({ expiresAt }) => expiresAt > now);
        print({ sessions: live.map(describeSession) });
      }),
  );

  addCommand(
    'end-sessions <username>',
    'ends every session of an account, and the IM sessions born from them',
  ).action((username: string, { app }: OfApp) =>
    run(async (broker) => {
      const { appId } = await broker.apps.rules(app);
      const { accountId } = await broker.manageAccounts.find(appId, username);
      const ended = await broker.businessSessions.endAll({ appId, accountId }, BY);
      await broker.untilKnown();
      print({ userId: accountId, ended });
    }),
  );
}
