import type { Command } from 'commander';
import { describeRevocation } from '../denylist/describe-revocation.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { describeInspection } from '../im/tokens/describe-inspection.js';
import { lineOnInput, print, type RunWithBroker } from './run.js';

/** `tokens …`: user tokens. They are read from standard input: arguments show in process lists. */
export function addTokenCommands(program: Command, run: RunWithBroker): void {
  const tokens = program.command('tokens').description('user tokens');
  tokens
    .command('inspect')
    .description('explains the user token on standard input')
    .option('--app <appId>', 'the app that it should belong to', DEFAULT_APP_ID)
    .action(async ({ app }: { app: string }) => {
      const token = (await lineOnInput()).trim();
      await run(async (broker) =>
        print(describeInspection(await broker.inspect.inspect(app, token))),
      );
    });
  tokens
    .command('revoke')
    .description('ends the session of the user token on standard input')
    .option('--app <appId>', 'the app that it belongs to', DEFAULT_APP_ID)
    .option('--reason <text>', 'why, for the record', '')
    .action(async ({ app: appId, reason }: { app: string; reason: string }) => {
      const token = (await lineOnInput()).trim();
      await run(async (broker) => {
        const target = await broker.findSession.byToken(appId, token);
        const order = { appId, target, reason, by: 'cli', recordMiss: true as const };
        const { revocation } = await broker.revoke.revoke(order);
        await broker.untilKnown();
        print(describeRevocation(revocation));
      });
    });
}
