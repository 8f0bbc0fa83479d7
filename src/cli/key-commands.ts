import type { Command } from 'commander';
import { describeKey, describeOutcome } from '../keys/describe-key.js';
import { SHARED_RING } from '../keys/ring.js';
import { print, type RunWithBroker } from './run.js';

/** `keys …`: signing keys. */
export function addKeyCommands(program: Command, run: RunWithBroker): void {
  const keys = program.command('keys').description('signing keys');

  keys
    .command('list')
    .description('lists the keys of every ring with their states and dates')
    .action(() => run(async (broker) => print({ keys: broker.keys.rows.map(describeKey) })));

  keys
    .command('rotate')
    .description('has the upcoming key sign from now on')
    .option('--ring <ring>', 'shared, or app:<appId> for the HS256 keys of an app', SHARED_RING)
    .option('--force', 'also when it has not been published long enough for verifiers to know it')
    .action(({ ring, force = false }: { ring: string; force?: boolean }) =>
      run(async (broker) => {
        const outcome = await broker.rotateKeys.rotate(ring, force);
        await broker.untilKnown();
        print(describeOutcome(outcome));
      }),
    );

  keys
    .command('revoke <keyId>')
    .description('kills a key, for good: everything that it signed is refused from now on')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((keyId: string, { reason }: { reason: string }) =>
      run(async (broker) => {
        const { revoked, ...outcome } = await broker.revokeKey.revoke(keyId, { by: 'cli', reason });
        await broker.untilKnown();
        print({ revoked: describeKey(revoked), ...describeOutcome(outcome) });
      }),
    );
}
