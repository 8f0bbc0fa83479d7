import type { Command } from 'commander';
import type { Broker } from '../broker.js';
import { describeAccount } from '../business-auth/accounts/describe-account.js';
import { emailProblem } from '../business-auth/names/email.js';
import { phoneProblem } from '../business-auth/names/phone.js';
import { BrokerError } from '../common/errors.js';
import { requireGrantable } from '../im/apps/app-secrets.js';
import type { AccountRef } from '../ports/account-record.js';
import { lineOnInput, print, type RunWithBroker } from './run.js';

/** The actor of the audit record. */
export const BY = 'cli';

export interface OfApp {
  readonly app: string;
}

interface ContactOptions extends OfApp {
  readonly email?: string;
  readonly phone?: string;
}

/** Adds a command on an account, which is named by its username. */
export type AddCommand = (name: string, description: string) => Command;

/** What changes accounts: each prints its account as it is then. */
export function addAccountChanges(addCommand: AddCommand, run: RunWithBroker): void {
  addChanges(addCommand, run);
  addProofs(addCommand, run);
}

function changesBy(run: RunWithBroker) {
  return (
    username: string,
    { app }: OfApp,
    change: (broker: Broker, account: AccountRef) => Promise<void>,
  ) =>
    run(async (broker) => {
      const { appId } = await broker.apps.rules(app);
      const { accountId } = await broker.manageAccounts.find(appId, username);
      await change(broker, { appId, accountId });
      await broker.untilKnown();
      print(describeAccount(await broker.manageAccounts.find(appId, username)));
    });
}

/** For owners who cannot prove themselves any more, and against those who can and should not. */
function addProofs(addCommand: AddCommand, run: RunWithBroker): void {
  const changing = changesBy(run);

  addCommand(
    'set-password <username>',
    'sets the password on standard input; every session of the account ends',
  ).action(async (username: string, options: OfApp) => {
    const password = await lineOnInput();
    await changing(username, options, (broker, account) =>
      broker.manageAccounts.setPassword(account, password, BY),
    );
  });

  addCommand(
    'remove-second-factors <username>',
    'takes its authenticator app, passkeys and recovery codes away; every session of it ends',
  ).action((username: string, options: OfApp) =>
    changing(username, options, (broker, account) =>
      broker.manageAccounts.removeSecondFactors(account, BY),
    ),
  );

  addCommand('set-contact <username>', 'sets where recovery codes go')
    .option('--email <address>', 'empty: none')
    .option('--phone <number>', 'E.164, as +4930123456; empty: none')
    .action((username: string, { app, email, phone }: ContactOptions) => {
      if (email === undefined && phone === undefined) {
        throw new BrokerError('invalid_request', 'give --email, --phone or both');
      }
      requireRight('email', !email ? undefined : emailProblem(email));
      requireRight('phone', !phone ? undefined : phoneProblem(phone));
      const contact = {
        ...(email === undefined ? {} : { email }),
        ...(phone === undefined ? {} : { phone }),
      };
      return changing(username, { app }, (broker, account) =>
        broker.manageAccounts.setContact(account, contact, BY),
      );
    });
}

function addChanges(addCommand: AddCommand, run: RunWithBroker): void {
  const changing = changesBy(run);

  addCommand('disable <username>', 'nothing of it works, and nobody logs in to it any more').action(
    (username: string, options: OfApp) =>
      changing(username, options, (broker, account) => broker.manageAccounts.disable(account, BY)),
  );

  addCommand('enable <username>', 'lets its owner log in again; what ended stays ended').action(
    (username: string, options: OfApp) =>
      changing(username, options, (broker, account) => broker.manageAccounts.enable(account, BY)),
  );

  addCommand(
    'grant <username> [scopes...]',
    'sets which scopes admin tokens of its owner may have; none: takes them all away',
  ).action((username: string, scopes: readonly string[], options: OfApp) => {
    const words = [...new Set(scopes.flatMap((given) => given.split(/\s+/)))];
    if (words.length > 0) requireGrantable(options.app, words);
    return changing(username, options, (broker, account) =>
      broker.manageAccounts.grant(account, words, BY),
    );
  });
}

export function requireRight(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw new BrokerError('invalid_request', `${field}: ${problem}`);
}
