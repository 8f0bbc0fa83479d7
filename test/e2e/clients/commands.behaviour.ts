import { expect, test } from 'vitest';
import { cliJson, runCli } from '../../support/cli.js';
import {
  catchUp,
  clientsOf,
  type ClientsSetting,
  issuersOf,
  loginWith,
  type ShownClient,
  type ShownEvent,
  type ShownIssuer,
} from './clients-setting.js';

export function commandsBehaviour(setting: ClientsSetting): void {
  const run = (...args: readonly string[]) => runCli(setting().fleet.settings, ...args);
  const json = <T>(...args: readonly string[]) => cliJson<T>(setting().fleet.settings, ...args);

  test('a client is made, given another secret and removed, beside the brokers', async () => {
    const { first, other } = setting();
    const chosen = ['--id', 'by-hand', '--name', 'By hand', '--type', 'confidential'];
    const made = await json<ShownClient>('clients', 'create', ...chosen);
    expect(made).toMatchObject({ clientId: 'by-hand', appId: 'default', name: 'By hand' });
    expect(await loginWith(other, 'by-hand', made.clientSecret)).toEqual({ status: 200 });

    const next = await json<ShownClient>('clients', 'rotate-secret', 'by-hand');
    for (const secret of [made.clientSecret, next.clientSecret]) {
      expect(await loginWith(first, 'by-hand', secret)).toEqual({ status: 200 });
    }

    const listed = await run('clients', 'list');
    expect(listed.stdout).toContain('by-hand');
    for (const secret of [made.clientSecret, next.clientSecret]) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(listed.stdout).not.toContain(secret);
    }
    expect(JSON.parse(listed.stdout)).toEqual({ clients: await clientsOf(first) });

    await json('clients', 'remove', 'by-hand');
    for (const operator of [first, other]) {
      await catchUp(operator);
      expect((await loginWith(operator, 'by-hand', next.clientSecret)).status).toBe(401);
    }
  });

  test('a public client has no secret to print, and may be of another app', async () => {
    const options = ['--app', 'tenant', '--id', 'tenants-hand', '--dpop'];
    const made = await json<ShownClient>('clients', 'create', ...options);
    expect(made).toMatchObject({ type: 'public', appId: 'tenant', requiresDpop: true });
    expect(made).not.toHaveProperty('clientSecret');
    expect(
      (await json<{ clients: ShownClient[] }>('clients', 'list', '--app', 'tenant')).clients,
    ).toContainEqual(made);
  });

  test('an issuer is trusted, and trusted no more', async () => {
    const { other } = setting();
    const urls = ['--issuer', 'https://cli.example', '--jwks-url', 'https://cli.example/jwks'];
    const args = ['add', 'cli', ...urls, '--audience', 'chat', '--user-id-claim', 'email'];
    const made = await json<ShownIssuer>('trusted-issuers', ...args);

    expect(made).toMatchObject({
      name: 'cli',
      userIdClaim: 'email',
      userIdTemplate: '{name}/{id}',
    });
    expect(await issuersOf(other)).toContainEqual(made);
    expect(
      (await json<{ trustedIssuers: ShownIssuer[] }>('trusted-issuers', 'list')).trustedIssuers,
    ).toContainEqual(made);
    await json('trusted-issuers', 'remove', made.id);
    const [gone] = (await issuersOf(other)).filter(({ id }) => id === made.id);
    expect(gone?.removedAt).toMatch(/^20/);
  });

  test('what the command line did is on record as its own', async () => {
    const { clientId } = await json<ShownClient>('clients', 'create');
    const events = (await json<{ events: ShownEvent[] }>('audit', 'list', '--subject', clientId))
      .events;

    expect(events).toMatchObject([{ type: 'client.created', actor: 'cli', appId: 'default' }]);
    expect(events[0]?.at).toMatch(/^20/);
    expect(
      (await json<{ events: ShownEvent[] }>('audit', 'list', '--limit', '1')).events,
    ).toHaveLength(1);
    const attacks = (await json<{ events: ShownEvent[] }>('audit', 'list', '--security')).events;
    expect(attacks.filter(({ security }) => !security)).toEqual([]);
    const tenants = (await json<{ events: ShownEvent[] }>('audit', 'list', '--app', 'tenant'))
      .events;
    expect(tenants.filter(({ appId }) => appId !== 'tenant')).toEqual([]);
  });

  test.each([
    [['clients', 'create', '--id', 'Capital'], /^id: must be /],
    [['clients', 'create', '--id', 'web'], /there is a client with this id already/],
    [['clients', 'create', '--type', 'secret'], /--type must be/],
    [['clients', 'create', '--app', 'no-such-app'], /there is no such app/],
    [['clients', 'create', '--name', ''], /^name: must not be empty/],
    [['clients', 'list', '--app', 'no-such-app'], /there is no such app/],
    [['trusted-issuers', 'list', '--app', 'no-such-app'], /there is no such app/],
    [['clients', 'rotate-secret', 'no-such-client'], /the app has no such client/],
    [['clients', 'remove', 'no-such-client'], /the app has no such client/],
    [['trusted-issuers', 'add', 'acme'], /--issuer/],
    [['trusted-issuers', 'remove', 'iss_unknown'], /no such trusted issuer/],
    [['audit', 'list', '--limit', '0'], /--limit must be/],
  ])('%j fails and says why', async (args, why) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
}
