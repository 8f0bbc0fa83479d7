import type { Command } from 'commander';
import { describeTrustedIssuer } from '../business-auth/federation/describe-trusted-issuer.js';
import type { TrustRequest } from '../business-auth/federation/trusted-issuers.js';
import { DEFAULT_APP_ID } from '../im/scopes.js';
import { print, type RunWithBroker } from './run.js';

/** `trusted-issuers …`: whose logins an app takes. */
export function addTrustedIssuerCommands(program: Command, run: RunWithBroker): void {
  const issuers = program.command('trusted-issuers').description('whose logins an app takes');
  const app = ['--app <appId>', 'the app that trusts it', DEFAULT_APP_ID] as const;
  issuers
    .command('list')
    .description('lists the trusted issuers of an app, removed ones too')
    .option(...app)
    .action((options: { app: string }) =>
      run(async (broker) => {
        const { appId } = await broker.apps.rules(options.app);
        print({ trustedIssuers: broker.trustedIssuers.list(appId).map(describeTrustedIssuer) });
      }),
    );
  issuers
    .command('add <name>')
    .description('trusts an OpenID provider: its tokens are exchanged from now on')
    .option(...app)
    .requiredOption('--issuer <url>', 'the iss of its tokens, to the letter')
    .requiredOption('--jwks-url <url>', 'where its keys are')
    .requiredOption('--audience <aud>', 'the aud that its tokens must hold')
    .option('--user-id-claim <claim>', 'the claim that says who it is (sub)')
    .option('--user-id-template <template>', 'how an IM user id is made ({name}/{id})')
    .option('--may-name-any-user', 'for a template without {name}')
    .action((name: string, options: Omit<TrustRequest, 'name'> & { app: string }) => {
      const { app: appId, ...given } = options;
      return run(async (broker) => {
        const row = await broker.trustedIssuers.add(appId, { ...given, name }, 'cli');
        await broker.untilKnown();
        print(describeTrustedIssuer(row));
      });
    });
  issuers
    .command('remove <id>')
    .description('trusts it no more')
    .option(...app)
    .action((id: string, options: { app: string }) =>
      run(async (broker) => {
        await broker.trustedIssuers.remove(options.app, id, 'cli');
        await broker.untilKnown();
        print({ id, removed: true });
      }),
    );
}
