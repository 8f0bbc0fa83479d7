import { Command } from 'commander';
import { createBroker, type Broker } from './broker.js';
import { addAccountCommands } from './cli/account-commands.js';
import { addAuditCommands } from './cli/audit-commands.js';
import { addClientCommands } from './cli/client-commands.js';
import { addTrustedIssuerCommands } from './cli/trusted-issuer-commands.js';
import { addAppCommands } from './cli/app-commands.js';
import { addKeyCommands } from './cli/key-commands.js';
import { addLedgerCommands } from './cli/ledger-commands.js';
import { addMasterKeyCommands } from './cli/master-key-commands.js';
import { addTokenCommands } from './cli/token-commands.js';
import { addUserCommands } from './cli/user-commands.js';
import { BrokerError } from './common/errors.js';
import { loadConfig } from './config/load-config.js';
import { createLogger } from './log.js';

/** Runs a piece of work on the ledger that the settings name, beside whatever brokers serve it. */
async function withBroker(work: (broker: Broker) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const quiet = { ...config, server: { ...config.server, logLevel: 'error' as const } };
  const broker = await createBroker(config, createLogger(quiet));
  try {
    await broker.start();
    await work(broker);
  } finally {
    await broker.stop();
  }
}

const program = new Command('countersign')
  .description("The operator's commands. They read the same settings as the broker.")
  .showHelpAfterError();
addAccountCommands(program, withBroker);
addAppCommands(program, withBroker);
addAuditCommands(program, withBroker);
addClientCommands(program, withBroker);
addTrustedIssuerCommands(program, withBroker);
addKeyCommands(program, withBroker);
addLedgerCommands(program, withBroker);
addMasterKeyCommands(program, withBroker);
addTokenCommands(program, withBroker);
addUserCommands(program, withBroker);

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof BrokerError ? error.detail : (error as Error).message;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
