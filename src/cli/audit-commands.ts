import type { Command } from 'commander';
import { describeEvent } from '../audit/describe-event.js';
import { BrokerError } from '../common/errors.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { print, type RunWithBroker } from './run.js';

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
    .action(({ app: appId, subject, security, limit }: ListOptions) =>
      run(async (broker) => {
        const found = await broker.findEvents.list({
          appId,
          ...(subject === undefined ? {} : { subject }),
          securityOnly: security,
          limit: countOf(limit),
        });
        print({ events: found.map(describeEvent) });
      }),
    );
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new BrokerError('invalid_request', '--limit must be a whole number from 1 to 10000');
}
