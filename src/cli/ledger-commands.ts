import type { Command } from 'commander';
import { print, type RunWithBroker } from './run.js';

/** `ledger …`: the ledger as a whole. */
export function addLedgerCommands(program: Command, run: RunWithBroker): void {
  program
    .command('ledger')
    .description('the ledger as a whole')
    .command('restored')
    .description(
      'to be run once after a back-up was restored: every copy made before is disbelieved, and since a back-up has forgotten revocations and logouts, every session is revoked and every business session ended',
    )
    .action(() =>
      run(async (broker) => {
        // First, so that none of them is exchanged for a session that the rest doesn't end.
        const businessSessions = await broker.endEverySession.end('cli');
        const outcome = await broker.ledgerRestored.declare('cli');
        await broker.untilKnown();
        print({ ...outcome, businessSessions });
      }),
    );
}
