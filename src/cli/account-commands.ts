import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Broker } from '../broker.js';
import { describeAccount } from '../business-auth/accounts/describe-account.js';
import { usernameProblem } from '../business-auth/names/username.js';
import { BrokerError } from '../common/errors.js';
import { requireGrantable } from '../im/apps/app-secrets.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import type { AccountRef } from '../ports/account-record.js';
import { print, type RunWithBroker } from './run.js';

const PAGE = 500;

interface AppOption {
  readonly app: string;
}

/** `accounts …`: business accounts. */
export function addAccountCommands(program: Command, run: RunWithBroker): void {
  const accounts = program.command('accounts').description('business accounts');
  const app = ['--app <appId>', 'the app that it belongs to', DEFAULT_APP_ID] as const;

  accounts
    .command('list')
    .description('lists the accounts of an app with their sessions')
    .option(...app)
    .action((options: AppOption) =>
      run(async (broker) => print({ accounts: await all(broker, options.app) })),
    );
  accounts
    .command('register <username>')
    .description('registers an account; its password is read from standard input')
    .option(...app)
    .option('--email <address>', 'where recovery codes go', '')
    .action(async (username: string, options: AppOption & { email: string }) => {
      const problem = usernameProblem(username);
      if (problem !== undefined) throw new BrokerError('invalid_request', `username ${problem}`);
      const password = (await text(process.stdin)).replace(/\r?\n$/, '');
      await run(async (broker) => {
        const { app: appId, email } = options;
        const registration = { appId, username, password, email, phone: '', by: 'cli' };
        const userId = await broker.registerAccount.register(registration);
        print({ userId, username });
      });
    });

  /** A command on one account, which prints it as it is afterwards. */
  const addChange = (
    name: string,
    description: string,
    change: (broker: Broker, account: AccountRef, words: readonly string[]) => Promise<unknown>,
  ) =>
    accounts
      .command(`${name} <username>${name === 'grant' ? ' [scopes...]' : ''}`)
      .description(description)
      .option(...app)
      .action((username: string, ...rest: unknown[]) => {
        const words = name === 'grant' ? (rest.shift() as string[]) : [];
        const { app: appId } = rest[0] as AppOption;
        return run(async (broker) => {
          const { accountId } = await broker.manageAccounts.find(appId, username);
          await change(broker, { appId, accountId }, words);
          await broker.untilKnown();
          print(describeAccount(await broker.manageAccounts.find(appId, username)));
        });
      });
  addChange('show', 'shows an account', () => Promise.resolve());
  addChange('disable', 'ends all of its sessions and lets nobody in', (broker, account) =>
    broker.manageAccounts.disable(account, 'cli'),
  );
  addChange('enable', 'lets its owner in again', (broker, account) =>
    broker.manageAccounts.enable(account, 'cli'),
  );
  addChange('end-sessions', 'ends all of its sessions', (broker, account) =>
    broker.businessSessions.endAll(account, 'cli'),
  );
  addChange(
    'grant',
    'says what admin tokens its owner may get in their own name; no scopes: none',
    (broker, account, scopes) => {
      if (scopes.length > 0) requireGrantable(account.appId, scopes);
      return broker.manageAccounts.grant(account, scopes, 'cli');
    },
  );
}

async function all(broker: Broker, appId: string) {
  const found: ReturnType<typeof describeAccount>[] = [];
  for (let after = ''; ;) {
    const page = await broker.manageAccounts.list(appId, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return found;
    for (const entry of page) found.push(describeAccount(entry));
    after = last.accountId;
  }
}
