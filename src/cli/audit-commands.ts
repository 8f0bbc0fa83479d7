import type { Command } from 'commander';
import { describeEvent } from '../audit/describe-event.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { limitOf, print, type RunWithBroker } from './run.js';

interface ListOptions {
  readonly app: string;
  readonly subject?: string;
  readonly security: boolean;
  readonly limit: string;
}

/** `audit …`: the audit record of the business tier. */
export function addAuditCommands(program: Command, run: RunWithBroker): void {
  program
    .command('audit')
    .description('the audit record')
    .command('list')
    .description('what happened to accounts, clients and trusted issuers, newest first')
    .option('--app <appId>', 'the app', DEFAULT_APP_ID)
    .option('--subject <id>', 'an account’s id, a client’s id, an issuer’s name')
    .option('--security', 'only what tells of attacks', false)
    .option('--limit <n>', 'how many', '100')
    .action(({ app, subject, security, limit }: ListOptions) =>
      run(async (broker) => {
        const { appId } = await broker.apps.rules(app);
        const found = await broker.findEvents.list({
          appId,
          ...(subject === undefined ? {} : { subject }),
          securityOnly: security,
          limit: limitOf(limit),
        });
        print({ events: found.map(describeEvent) });
      }),
    );
}
