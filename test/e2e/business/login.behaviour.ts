import { expect, test } from 'vitest';
import { PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { asOperator } from '../../support/operator.js';
import { addTotp, type BusinessSetting, newName, newPerson } from './business-setting.js';

const ROUNDS = 20;
/** How much longer one may take than another. Without a password to hash, one takes a third. */
const WORST = 1.6;

export function loginBehaviour(setting: BusinessSetting): void {
  test.each([
    ['with a password alone', false],
    ['with a second factor', true],
  ])('a login %s hashes the password anew once the parameters were raised', async (_, careful) => {
    const { web, fleet } = setting();
    const { username, tokens } = await newPerson(web);
    const { app } = careful ? await addTotp(web, tokens) : {};
    const stored = async (): Promise<string> => {
      const [row] = await ledgerRows(
        fleet,
        `select * from business_accounts where account_id = '${tokens.userId}'`,
      );
      const [, found = ''] = /(\$argon2id\$v=19\$[^$"\\]+)/.exec(JSON.stringify(row)) ?? [];
      return found;
    };
    expect(await stored()).toBe('$argon2id$v=19$m=8192,t=1,p=1');

    const raised = { ...fleet.settings, COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '2' };
    await asOperator({ settings: raised }, async ({ logIn, findClient }) => {
      const client = await findClient.authenticate('web');
      const rest = { client, username, deviceId: '', jkt: '', address: '192.0.2.1' };
      await expect(logIn.logIn({ ...rest, password: 'wrong' })).rejects.toMatchObject({
        code: 'invalid_login',
      });
      expect(await stored()).toBe('$argon2id$v=19$m=8192,t=1,p=1');
      await logIn.logIn({ ...rest, password: PASSWORD });
    });

    expect(await stored()).toBe('$argon2id$v=19$m=8192,t=2,p=1');
    if (app === undefined) await web.logIn({ username, password: PASSWORD });
    else {
      const { mfaToken } = await web.firstStep({ username, password: PASSWORD });
      await web.secondStep(mfaToken, await app.next());
    }
  });

  test('whether there is such an account can be told neither from the answer nor from its time', async () => {
    const { web, fleet } = setting();
    const { username: plain } = await newPerson(web);
    const careful = await newPerson(web);
    await addTotp(web, careful.tokens);
    const { username: disabled, tokens } = await newPerson(web);
    await asOperator(fleet, ({ manageAccounts }) =>
      manageAccounts.disable({ appId: 'default', accountId: tokens.userId }, 'test'),
    );
    const logins = [
      { username: plain, password: 'wrong' },
      { username: newName('nobody'), password: 'wrong' },
      { username: careful.username, password: 'wrong' },
      { username: disabled, password: PASSWORD },
      { username: '\u202e', password: 'wrong' },
    ];
    const texts = new Set<string>();
    const worstOf = async (): Promise<number> => {
      const took = logins.map((): number[] => []);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [n, login] of logins.entries()) {
          const start = performance.now();
          const answer = await web.sendLogin(login);
          took[n]?.push(performance.now() - start);
          texts.add(`${answer.status} ${answer.text}`);
        }
      }
      const typical = took.map((times) => times.toSorted((a, b) => a - b)[ROUNDS / 4] ?? 0);
      return Math.max(...typical) / Math.min(...typical);
    };

    // A busy machine may delay one of them by chance, but not always the same.
    let worst = Infinity;
    for (let tries = 0; tries < 3 && worst > WORST; tries += 1) worst = await worstOf();

    expect(worst).toBeLessThan(WORST);
    expect(texts.size).toBe(1);
    expect([...texts][0]).toMatch(/^401 .*"invalid_login"/);
  });

  test.each([
    ['capitals', (name: string) => name.toUpperCase()],
    ['full-width letters', (name: string) => name.replace('a', 'ａ')],
    ['a ligature', (name: string) => name.replace('ffi', 'ﬃ')],
  ])('a name is the same in %s', async (_, written) => {
    const { web, elsewhere } = setting();
    const username = newName('affine');
    const userId = await web.register({ username, password: PASSWORD });

    const login = { username: written(username), password: PASSWORD };
    expect((await elsewhere.logIn(login)).userId).toBe(userId);
    const again = await elsewhere.sendRegistration(login);
    expect([400, 409]).toContain(problemOf(again).status);
  });

  test('look-alikes of a name that is taken are taken', async () => {
    const { web, elsewhere } = setting();
    const username = newName('paypal');
    await web.register({ username, password: PASSWORD });
    // Cyrillic а for Latin a, throughout: of one script, so that only the look gives it away.
    for (const fake of [username.replace('paypal', 'раураӏ'), username.replace('l', '1')]) {
      const answer = await elsewhere.sendRegistration({ username: fake, password: PASSWORD });
      expect([400, 409]).toContain(problemOf(answer).status);
    }
  });

  test('passwords are taken as they are, and huge ones not at all', async () => {
    const { web } = setting();
    const username = newName();
    const password = '  пароль z ęśą 🦦🦦 ';
    await web.register({ username, password });
    expect((await web.sendLogin({ username, password: password.trim() })).status).toBe(401);
    expect((await web.sendLogin({ username, password: password.toUpperCase() })).status).toBe(401);
    expect((await web.sendLogin({ username, password })).status).toBe(200);

    const start = performance.now();
    for (const huge of ['x'.repeat(1025), 'x'.repeat(1_000_000)]) {
      const login = await web.sendLogin({ username, password: huge });
      expect([400, 413]).toContain(login.status);
      const registering = { username: newName(), password: huge };
      expect([400, 413]).toContain((await web.sendRegistration(registering)).status);
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
}
