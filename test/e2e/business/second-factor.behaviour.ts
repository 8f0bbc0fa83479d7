import { expect, test } from 'vitest';
import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { claimsOf } from '../native/claims-of.js';
import { addTotp, type BusinessSetting, newPerson } from './business-setting.js';

export function secondFactorBehaviour(setting: BusinessSetting): void {
  test('that is added or taken away is on record', async () => {
    const { web, fleet } = setting();
    const { tokens } = await newPerson(web);
    const { app } = await addTotp(web, tokens);
    const fresh = await web.stepUp(tokens.accessToken, { code: await app.next() });
    expect((await web.removeTotp(fresh)).status).toBe(204);
    const rows = await ledgerRows(
      fleet,
      `select * from audit_events where subject = '${tokens.userId}' and type like 'totp.%'`,
    );
    const own = { actor: tokens.userId };
    const types = rows.map(({ type }) => String(type)).toSorted();
    expect(types).toEqual(['totp.added', 'totp.removed']);
    expect(rows).toMatchObject([own, own]);
  });

  test('an app that was offered and not confirmed is not asked for', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const secret = await web.offerTotp(tokens.accessToken);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);

    expect((await elsewhere.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
    expect((await web.removeTotp(tokens.accessToken)).status).toBe(204);
    const gone = await web.removeTotp(tokens.accessToken);
    expect(problemOf(gone)).toMatchObject({ status: 404, code: 'mfa_unknown' });
  });

  test('only the last offer can be confirmed, by a code of it', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const none = await web.sendConfirmTotp(tokens.accessToken, '123456');
    expect(problemOf(none)).toMatchObject({ status: 404, code: 'mfa_unknown' });
    const old = new AuthenticatorApp(await web.offerTotp(tokens.accessToken));
    const app = new AuthenticatorApp(await elsewhere.offerTotp(tokens.accessToken));

    for (const code of [await old.next(), app.wrong, '12345', '1234567', '١٢٣٤٥٦', ' ']) {
      const answer = await web.sendConfirmTotp(tokens.accessToken, code);
      expect(problemOf(answer), code).toMatchObject({ status: 401, code: 'invalid_code' });
    }
    expect(await web.confirmTotp(tokens.accessToken, await app.next())).toHaveLength(10);
    const strong = await elsewhere.stepUp(tokens.accessToken, { code: await app.next() });
    const twice = await elsewhere.sendConfirmTotp(strong, await app.next());
    expect(problemOf(twice)).toMatchObject({ status: 409, code: 'mfa_exists' });
    const anew = await elsewhere.send('POST', '/v1/auth/mfa/totp', undefined, strong);
    expect(problemOf(anew)).toMatchObject({ status: 409, code: 'mfa_exists' });
  });

  test('a code is taken once, be it at another login or at another broker', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { app } = await addTotp(web, tokens);
    const person = { username, password: PASSWORD };

    const confirming = await web.firstStep(person);
    const replayed = await elsewhere.sendSecondStep(confirming.mfaToken, app.last);
    expect(problemOf(replayed)).toMatchObject({ status: 401, code: 'invalid_code' });

    const first = await web.secondStep(confirming.mfaToken, await app.next());
    expect(first.userId).toBe(tokens.userId);
    const { mfaToken } = await web.firstStep(person);
    for (const client of [web, elsewhere]) {
      const again = await client.sendSecondStep(mfaToken, app.last);
      expect(problemOf(again)).toMatchObject({ status: 401, code: 'invalid_code' });
    }
    expect((await elsewhere.sendSecondStep(mfaToken, await app.next())).status).toBe(200);
  });

  test('an earlier code than the last one is not taken either', async () => {
    const { web } = setting();
    const { username, tokens } = await newPerson(web);
    const { app } = await addTotp(web, tokens);
    const earlier = await app.next();
    const later = await app.next();
    const person = { username, password: PASSWORD };
    const one = await web.firstStep(person);
    await web.secondStep(one.mfaToken, later);

    const two = await web.firstStep(person);
    expect(problemOf(await web.sendSecondStep(two.mfaToken, earlier)).code).toBe('invalid_code');
  });

  test('a login is finished once, and tried five times', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { app, recoveryCodes } = await addTotp(web, tokens);
    const person = { username, password: PASSWORD };

    const finished = await web.firstStep(person);
    await elsewhere.secondStep(finished.mfaToken, recoveryCodes[0]!, 'recovery_code');
    const again = await web.sendSecondStep(finished.mfaToken, recoveryCodes[1]!, 'recovery_code');
    expect(problemOf(again)).toMatchObject({ status: 401, code: 'invalid_ticket' });

    const { mfaToken } = await web.firstStep(person);
    for (let n = 0; n < 5; n += 1) {
      const client = n % 2 === 0 ? web : elsewhere;
      const answer = await client.sendSecondStep(mfaToken, app.wrong);
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_code' });
    }
    const right = await web.sendSecondStep(mfaToken, await app.next());
    expect(problemOf(right)).toMatchObject({ status: 401, code: 'invalid_ticket' });

    const other = await web.firstStep(person);
    const fifty = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        (n % 2 === 0 ? web : elsewhere).sendSecondStep(other.mfaToken, app.wrong),
      ),
    );
    const tried = fifty.filter((answer) => problemOf(answer).code === 'invalid_code');
    expect(tried).toHaveLength(5);
  });

  test.each(['', 'mfa_', 'mfa_nothing', '\u0000', 'x'.repeat(257)])(
    '%j finishes no login',
    async (mfaToken) => {
      const answer = await setting().web.sendSecondStep(mfaToken, '123456');
      expect([400, 401]).toContain(problemOf(answer).status);
    },
  );

  test('a recovery code stands in for the app, once, however it is written', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { recoveryCodes } = await addTotp(web, tokens);
    const person = { username, password: PASSWORD };
    const spellings = [
      (code: string) => code,
      (code: string) => code.toUpperCase(),
      (code: string) => code.replaceAll('-', ''),
      (code: string) => ` ${code.replaceAll('-', ' ')} `,
    ];
    for (const [n, spell] of spellings.entries()) {
      const { mfaToken } = await web.firstStep(person);
      const used = await elsewhere.secondStep(mfaToken, spell(recoveryCodes[n]!), 'recovery_code');
      expect(claimsOf(used.accessToken)).toMatchObject({ amr: ['pwd', 'rec', 'mfa'] });
      const again = await web.firstStep(person);
      const answer = await web.sendSecondStep(again.mfaToken, recoveryCodes[n]!, 'recovery_code');
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_code' });
    }
    for (const code of recoveryCodes.slice(spellings.length)) {
      const { mfaToken, methods } = await web.firstStep(person);
      expect(methods).toContain('recovery_code');
      await web.secondStep(mfaToken, code, 'recovery_code');
    }
    expect((await web.firstStep(person)).methods).toEqual(['totp']);
  });

  test('another person’s recovery code, and a code of the other method, are wrong', async () => {
    const { web } = setting();
    const mine = await newPerson(web);
    const { app, recoveryCodes } = await addTotp(web, mine.tokens);
    const other = await newPerson(web);
    const others = await addTotp(web, other.tokens);
    const { mfaToken } = await web.firstStep({ ...mine, password: PASSWORD });
    const tries = [
      [others.recoveryCodes[0]!, 'recovery_code'],
      [await others.app.next(), 'totp'],
      [recoveryCodes[0]!, 'totp'],
      [await app.next(), 'recovery_code'],
    ] as const;
    for (const [code, method] of tries) {
      const answer = await web.sendSecondStep(mfaToken, code, method);
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_code' });
    }
  });

  test('with the app the recovery codes go, and the password is enough again', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { app, recoveryCodes } = await addTotp(web, tokens);
    const person = { username, password: PASSWORD };
    const begun = await web.firstStep(person);
    const { mfaToken } = await web.firstStep(person);
    const strong = await web.secondStep(mfaToken, await app.next());

    expect((await elsewhere.removeTotp(strong.accessToken)).status).toBe(204);

    expect((await web.logIn(person)).userId).toBe(tokens.userId);
    // What was begun under it can't be finished any more.
    const late = await web.sendSecondStep(begun.mfaToken, recoveryCodes[0]!, 'recovery_code');
    expect(problemOf(late)).toMatchObject({ status: 401, code: 'invalid_ticket' });
    const fresh = await addTotp(web, strong);
    const again = await web.firstStep(person);
    const old = await web.sendSecondStep(again.mfaToken, recoveryCodes[0]!, 'recovery_code');
    expect(problemOf(old).code).toBe('invalid_code');
    const finished = await web.sendSecondStep(again.mfaToken, await fresh.app.next());
    expect(finished.status).toBe(200);
  });

  test('the first step of a wrong password asks for no second one', async () => {
    const { web } = setting();
    const { username, tokens } = await newPerson(web);
    await addTotp(web, tokens);

    const answer = await web.sendLogin({ username, password: 'wrong' });

    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_login' });
  });
}
