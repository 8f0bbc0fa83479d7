import type { Command } from 'commander';
import { print, type RunWithBroker } from './run.js';

/** `master-key …`: what the signing keys are encrypted with. */
export function addMasterKeyCommands(program: Command, run: RunWithBroker): void {
  program
    .command('master-key')
    .description('the key that signing keys and authenticator apps’ secrets are encrypted with')
    .command('rotate')
    .description(
      'encrypts every signing key and every authenticator app’s secret under COUNTERSIGN_MASTER_KEY, so that COUNTERSIGN_MASTER_KEY_PREVIOUS is needed no more; no token is touched',
    )
    .action(() =>
      run(async (broker) => {
        const keys = await broker.rewrapKeys.rewrap();
        const totpSecrets = await broker.rewrapTotp.rewrap();
        await broker.untilKnown();
        print({ keysEncryptedAnew: keys, totpSecretsEncryptedAnew: totpSecrets });
      }),
    );
}
