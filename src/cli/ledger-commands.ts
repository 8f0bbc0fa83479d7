import type { Command } from 'commander';
import { print, type RunWithBroker } from './run.js';

/** `ledger …`: the ledger as a whole. */
export function addLedgerCommands(program: Command, run: RunWithBroker): void {
  program
    .command('ledger')
    .description('the ledger as a whole')
    .command('restored')
    .description(
      'to be run once after a back-up was restored: every copy made before is disbelieved, and since a back-up has forgotten revocations, every session is revoked',
    )
    .action(() =>
      run(async (broker) => {
        const outcome = await broker.ledgerRestored.declare('cli');
        await broker.untilKnown();
        print(outcome);
      }),
    );
}
