import { expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import {
  addTotp,
  type BusinessSetting,
  codesOf,
  newName,
  newPerson,
} from '../business/business-setting.js';
import {
  operatorInPerson,
  OperatorShell,
  type ShownAccount,
  type ShownEvent,
} from './people-setting.js';

/** `accounts …` and `audit list`, beside brokers that serve. */
export function accountsBehaviour(setting: BusinessSetting): void {
  const shell = new OperatorShell(setting);

  test('register makes an account with the password on standard input, which is shown nowhere', async () => {
    const { web, elsewhere } = setting();
    const username = newName('registered');
    const options = ['--email', 'Bob@Example.com', '--phone', '+49 30 123456'];

    const { code, stdout, stderr } = await shell.register(username, PASSWORD, ...options);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(PASSWORD);
    const account = JSON.parse(stdout) as ShownAccount;
    expect(account).toEqual({
      userId: expect.stringMatching(/^usr_/) as string,
      username,
      status: 'active',
      email: 'Bob@Example.com',
      phone: '+4930123456',
      secondFactors: [],
      scopes: [],
      createdAt: expect.stringMatching(/^20.*Z$/) as string,
    });
    for (const client of [web, elsewhere]) {
      expect((await client.logIn({ username, password: PASSWORD })).userId).toBe(account.userId);
    }
    const record = await shell.json<{ events: ShownEvent[] }>(
      ...['audit', 'list', '--subject', account.userId],
    );
    expect(record.events).toContainEqual(
      expect.objectContaining({ type: 'account.registered', actor: 'cli' }),
    );
  });

  test.each([
    [['ab'], PASSWORD, 'username: must have from 3'],
    [['b b b'], PASSWORD, 'username: must hold'],
    [['al\u0456ce'], PASSWORD, 'username: must not mix scripts'],
    [['x'.repeat(65)], PASSWORD, 'username: must have from 3'],
    [['right-name', '--email', 'nobody'], PASSWORD, 'email: must be'],
    [['right-name', '--phone', '123'], PASSWORD, 'phone: must be'],
    [['right-name'], '', 'password must have at least'],
    [['right-name'], 'abc', 'password must have at least'],
    [['right-name'], 'password1', 'too easy to guess'],
    [['right-name'], 'p'.repeat(1025), 'password must not have more than 1024'],
    [['right-name', '--app', 'no-such-app'], PASSWORD, 'there is no such app'],
    [['right-name'], `${PASSWORD}\nand more`, 'must hold one line'],
  ])('register refuses %j', async ([name = '', ...options], password, why) => {
    const { code, stdout, stderr } = await shell.register(name, password, ...options);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(why);
    if (password.length > 3) expect(stderr).not.toContain(password);
  });

  test('register takes a name once, whatever its case and however its letters look', async () => {
    const { username } = await newPerson(setting().web, 'taken');
    for (const name of [username, username.toUpperCase(), username.replace('a', '\u{ff41}')]) {
      const { code, stderr } = await shell.register(name, PASSWORD);
      expect([code, stderr]).toEqual([1, 'this username is taken\n']);
    }
  });

  test('list pages through all accounts of an app, and show finds one by its name', async () => {
    const { tokens, username } = await newPerson(setting().web, 'listed');
    const all = await shell.json<{ accounts: ShownAccount[] }>(
      'accounts',
      'list',
      '--limit',
      '9999',
    );
    const ids = all.accounts.map(({ userId }) => userId);
    expect(ids).toContain(tokens.userId);
    expect(ids).toEqual(ids.toSorted());

    const after = ids.at(-3) ?? expect.fail('too few');
    const paged = ['accounts', 'list', '--after', after, '--limit', '1'];
    const { accounts } = await shell.json<{ accounts: ShownAccount[] }>(...paged);
    expect(accounts).toEqual(all.accounts.slice(-2, -1));

    const shown = await shell.json('accounts', 'show', username.toUpperCase());
    expect(all.accounts).toContainEqual(shown);
    expect(JSON.stringify(all)).not.toMatch(/argon2|passwordHash|sealed|family/);
    const unknown = await shell.run('accounts', 'list', '--app', 'no-such-app');
    expect([unknown.code, unknown.stderr]).toEqual([1, 'there is no such app\n']);
  });

  test('disable ends tokens of every kind at once, everywhere, and enable lets the owner in again', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web, 'disabled');
    await shell.json('accounts', 'grant', username, 'keys:read');
    const { token } = await web.exchange(tokens.accessToken);
    const admins = await operatorInPerson(business, tokens.accessToken, 'keys:read');
    for (const admin of admins) expect((await admin.send('GET', '/v1/keys')).status).toBe(200);

    const disabled = await shell.json('accounts', 'disable', username);

    expect(disabled).toMatchObject({ userId: tokens.userId, status: 'disabled' });
    expect(await codesOf(business, token)).toEqual([1506]);
    for (const admin of admins) {
      expect(problemOf(await admin.send('GET', '/v1/keys')).code).toBe('token_revoked');
    }
    for (const client of [web, elsewhere]) {
      const used = await client.send('GET', '/v1/auth/sessions', undefined, tokens.accessToken);
      expect(problemOf(used).code).toBe('token_business_session_ended');
      expect(problemOf(await client.sendRefresh(tokens.refreshToken)).code).toBe('invalid_grant');
      const login = await client.sendLogin({ username, password: PASSWORD });
      expect(problemOf(login).code).toBe('invalid_login');
    }

    expect(await shell.json('accounts', 'enable', username)).toMatchObject({ status: 'active' });
    expect(problemOf(await web.sendRefresh(tokens.refreshToken)).code).toBe('invalid_grant');
    expect((await elsewhere.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
  });

  test('sessions lists those of an account, and end-sessions ends them and what was born from them', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web, 'ended');
    const second = await elsewhere.logIn({ username, password: PASSWORD, deviceId: 'phone' });
    const { token } = await elsewhere.exchange(second.accessToken);

    const { sessions } = await shell.json<{ sessions: object[] }>('accounts', 'sessions', username);
    expect(sessions).toMatchObject([
      { sessionId: second.sessionId, clientId: 'web', deviceId: 'phone' },
      { sessionId: tokens.sessionId, clientId: 'web', deviceId: null },
    ]);
    const own = await web.sessions(tokens.accessToken);
    expect(sessions).toEqual(own.map(({ current: _, ...session }) => session));

    const ended = await shell.json<object>('accounts', 'end-sessions', username);

    expect(ended).toEqual({ userId: tokens.userId, ended: 2 });
    expect(await codesOf(business, token)).toEqual([1506]);
    for (const { refreshToken } of [tokens, second]) {
      expect((await elsewhere.sendRefresh(refreshToken)).status).toBe(401);
    }
    expect(await shell.json('accounts', 'sessions', username)).toEqual({ sessions: [] });
    expect(await shell.json('accounts', 'end-sessions', username)).toMatchObject({ ended: 0 });
  });

  test('set-password lets an owner in who can’t recover the account, and nobody who was in', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web, 'forgetful');
    const { token } = await elsewhere.exchange(tokens.accessToken);

    const words = ['accounts', 'set-password', username];
    const weak = await shell.run({ input: 'abc\n' }, ...words);
    expect([weak.code, weak.stdout]).toEqual([1, '']);
    expect(weak.stderr).toContain('password must have at least');
    expect(await codesOf(business, token)).toEqual([0]);

    const { code, stdout } = await shell.run({ input: `${NEW_PASSWORD}\n` }, ...words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ userId: tokens.userId });
    expect(stdout).not.toContain(NEW_PASSWORD);
    expect(await codesOf(business, token)).toEqual([1506]);
    for (const client of [web, elsewhere]) {
      expect((await client.sendRefresh(tokens.refreshToken)).status).toBe(401);
      const old = await client.sendLogin({ username, password: PASSWORD });
      expect(problemOf(old).code).toBe('invalid_login');
      const login = await client.logIn({ username, password: NEW_PASSWORD });
      expect(login.userId).toBe(tokens.userId);
    }
  });

  test('remove-second-factors lets an owner in who has lost them', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web, 'phoneless');
    const { token } = await elsewhere.exchange(tokens.accessToken);
    const { app, recoveryCodes } = await addTotp(web, tokens);
    const { mfaToken } = await web.firstStep({ username, password: PASSWORD });

    const shown = await shell.json('accounts', 'remove-second-factors', username);

    expect(shown).toMatchObject({ userId: tokens.userId, secondFactors: [] });
    expect(await codesOf(business, token)).toEqual([1506]);
    for (const client of [web, elsewhere]) {
      // What was begun with them is not finished.
      for (const [given, method] of [
        [await app.next(), 'totp'],
        [recoveryCodes[0]!, 'recovery_code'],
      ] as const) {
        expect((await client.sendSecondStep(mfaToken, given, method)).status).toBe(401);
      }
      expect((await client.sendRefresh(tokens.refreshToken)).status).toBe(401);
      expect((await client.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
    }
  });

  test('set-contact says where codes go, and leaves what it does not name', async () => {
    const { username } = await newPerson(setting().web, 'moved');
    const contact = (...options: string[]) =>
      shell.json('accounts', 'set-contact', username, ...options);

    expect(await contact('--email', 'new@example.com')).toMatchObject({ email: 'new@example.com' });
    const both = { email: 'new@example.com', phone: '+4930123456' };
    expect(await contact('--phone', '+49 30 123456')).toMatchObject(both);
    expect(await contact('--email', '')).toMatchObject({ email: null, phone: '+4930123456' });

    for (const [options, why] of [
      [[], 'give --email, --phone or both'],
      [['--email', 'nobody'], 'email: must be'],
      [['--phone', '123'], 'phone: must be'],
    ] as const) {
      const { code, stderr } = await shell.run('accounts', 'set-contact', username, ...options);
      expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
    }
  });

  test.each(['show', 'sessions', 'end-sessions'])(
    '%s names an app that there is not',
    async (word) => {
      const { username } = await newPerson(setting().web);
      const { code, stderr } = await shell.run('accounts', word, username, '--app', 'no-such-app');
      expect([code, stderr]).toEqual([1, 'there is no such app\n']);
    },
  );

  test('what the commands did is on record, as done by cli', async () => {
    const { username, tokens } = await newPerson(setting().web, 'recorded');
    await shell.json('accounts', 'grant', username, 'audit:read');
    await shell.json('accounts', 'disable', username);
    await shell.json('accounts', 'enable', username);
    await shell.json('accounts', 'set-contact', username, '--email', 'where@example.com');
    await shell.json('accounts', 'remove-second-factors', username);
    await shell.run({ input: NEW_PASSWORD }, 'accounts', 'set-password', username);

    const query = ['audit', 'list', '--subject', tokens.userId];
    const { events } = await shell.json<{ events: ShownEvent[] }>(...query);

    const byCli = events.filter(({ actor }) => actor === 'cli').map(({ type }) => type);
    expect(byCli.toSorted()).toEqual([
      ...['account.disabled', 'account.enabled', 'account.granted', 'contact.changed'],
      ...['password.set', 'second_factors.removed'],
    ]);
    expect(JSON.stringify(events)).not.toContain('where@example.com');
    const asked = await setting()
      .operators.at(-1)
      ?.send('GET', `/v1/audit?subject=${tokens.userId}`);
    expect(asked?.json()).toEqual({ events, next: null });
  });

  test.each([
    ...[['disable'], ['enable'], ['show'], ['sessions'], ['end-sessions'], ['grant']],
    ...[['remove-second-factors'], ['set-password'], ['set-contact', '--email', 'a@example.com']],
  ])(
    '%s of an account that there is not, or that is another app’s, fails',
    async (command, ...options) => {
      const { username } = await newPerson(setting().web);
      await setting().operators[0]!.send('POST', '/v1/apps', { id: 'elsewhere' });
      for (const words of [['nobody-at-all'], [username, '--app', 'elsewhere']]) {
        const input = { input: NEW_PASSWORD };
        const all = ['accounts', command, ...words, ...options];
        const { code, stdout, stderr } = await shell.run(input, ...all);
        expect([code, stdout, stderr]).toEqual([1, '', 'there is no such account\n']);
      }
    },
  );
}
