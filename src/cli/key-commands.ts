import type { Command } from 'commander';
import { print, type RunWithBroker } from './run.js';

/** `keys …`: signing keys. */
export function addKeyCommands(program: Command, run: RunWithBroker): void {
  program
    .command('keys')
    .description('signing keys')
    .command('list')
    .description('prints the public keys that verify ES256 tokens')
    .action(() => run(async (broker) => print(broker.keys.jwks())));
}
