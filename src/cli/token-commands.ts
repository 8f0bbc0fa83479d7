import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { print, type RunWithBroker } from './run.js';

/** `tokens …`: user tokens. They are read from standard input: arguments show in process lists. */
export function addTokenCommands(program: Command, run: RunWithBroker): void {
  program
    .command('tokens')
    .description('user tokens')
    .command('inspect')
    .description('explains the user token on standard input')
    .option('--app <appId>', 'the app that it should belong to', DEFAULT_APP_ID)
    .action(async ({ app }: { app: string }) => {
      const token = (await text(process.stdin)).trim();
      await run(async (broker) => print(await broker.inspect.inspect(app, token)));
    });
}
