import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { asOperator } from '../../support/operator.js';
import { codesOf, type BusinessSetting, newPerson, statusesOf } from './business-setting.js';

export function sessionsBehaviour(setting: BusinessSetting): void {
  test('are listed newest first, with device, client and dates, each person’s own', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const phone = { username, password: PASSWORD, deviceId: 'phone' };
    const second = await elsewhere.logIn(phone);
    await newPerson(web);

    const listed = await web.sessions(tokens.accessToken);

    expect(listed.map(({ sessionId }) => sessionId)).toEqual([second.sessionId, tokens.sessionId]);
    expect(listed[0]).toMatchObject({ current: false, clientId: 'web', deviceId: 'phone' });
    expect(listed[1]).toMatchObject({ current: true, deviceId: null });
    for (const { startedAt, lastUsedAt, expiresAt } of listed) {
      expect(lastUsedAt >= startedAt).toBe(true);
      expect(expiresAt > lastUsedAt).toBe(true);
      expect(new Date(startedAt).toISOString()).toBe(startedAt);
    }
    expect(JSON.stringify(listed)).not.toContain('csr_');
  });

  test('say when they were last used', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    await sleep(1100);
    const next = await elsewhere.refresh(tokens.refreshToken);
    const [session] = await web.sessions(next.accessToken);
    expect(session!.lastUsedAt > session!.startedAt).toBe(true);
  });

  test('one is ended from another: it, and the IM sessions born from it', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web);
    const lost = await web.logIn({ username, password: PASSWORD, deviceId: 'lost phone' });
    const born = await elsewhere.exchange(lost.accessToken, 1);
    const own = await elsewhere.exchange(tokens.accessToken, 5);

    expect((await web.end(tokens.accessToken, lost.sessionId)).status).toBe(204);

    expect(await codesOf(business, born.token)).toEqual([1506]);
    expect(await codesOf(business, own.token)).toEqual([0]);
    expect(problemOf(await elsewhere.sendRefresh(lost.refreshToken)).code).toBe('invalid_grant');
    const gone = await elsewhere.end(tokens.accessToken, lost.sessionId);
    expect(problemOf(gone)).toMatchObject({ status: 404, code: 'session_unknown' });
  });

  test('another person’s can not be ended', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    const other = await newPerson(web);
    for (const id of [other.tokens.sessionId, 'bs_nothing', '..%2f..', '%00']) {
      const answer = await web.end(tokens.accessToken, id);
      expect(problemOf(answer).status).toBe(404);
    }
    expect(await web.sessions(other.tokens.accessToken)).toHaveLength(1);
  });

  test('logging out everywhere ends all, and what was born from them', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web);
    const others = [];
    for (let n = 0; n < 3; n += 1) {
      others.push(await elsewhere.logIn({ username, password: PASSWORD }));
    }
    const born = [];
    for (const [n, { accessToken }] of [tokens, ...others].entries()) {
      born.push(await web.exchange(accessToken, n + 1));
    }

    expect((await elsewhere.logOutAll(tokens.accessToken)).status).toBe(204);

    for (const { token } of born) expect(await codesOf(business, token)).toEqual([1506]);
    for (const { refreshToken, accessToken } of [tokens, ...others]) {
      expect((await web.sendRefresh(refreshToken)).status).toBe(401);
      expect((await web.sendExchange(accessToken)).status).toBe(401);
    }
    expect((await web.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
  });

  test('a changed password ends all, and its answer goes on', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web);
    const other = await elsewhere.logIn({ username, password: PASSWORD });
    const born = [
      await web.exchange(tokens.accessToken, 1),
      await web.exchange(other.accessToken, 2),
    ];

    const wrong = await web.sendPassword(tokens.accessToken, NEW_PASSWORD, PASSWORD);
    expect(problemOf(wrong)).toMatchObject({ status: 401, code: 'invalid_login' });
    const weak = await web.sendPassword(tokens.accessToken, PASSWORD, 'password1');
    expect(problemOf(weak)).toMatchObject({ status: 400, code: 'weak_password' });
    const changed = await web.changePassword(tokens.accessToken, PASSWORD, NEW_PASSWORD);

    for (const { token } of born) {
      expect(await statusesOf(business, token)).toEqual(['business_session_ended']);
    }
    for (const { refreshToken, accessToken } of [tokens, other]) {
      expect((await elsewhere.sendRefresh(refreshToken)).status).toBe(401);
      expect((await elsewhere.sendExchange(accessToken)).status).toBe(401);
    }
    const listed = await elsewhere.sessions(changed.accessToken);
    expect(listed.map(({ sessionId }) => sessionId)).toEqual([changed.sessionId]);
    const { token } = await elsewhere.exchange(changed.accessToken);
    expect(await codesOf(business, token)).toEqual([0]);
    expect((await web.sendRefresh(changed.refreshToken)).status).toBe(200);
    const old = await web.sendLogin({ username, password: PASSWORD });
    expect(problemOf(old)).toMatchObject({ status: 401, code: 'invalid_login' });
    expect((await elsewhere.logIn({ username, password: NEW_PASSWORD })).userId).toBe(
      tokens.userId,
    );
  });

  test('a disabled account has none, and gets none; enabled again it starts anew', async () => {
    const business = setting();
    const { web, elsewhere, fleet } = business;
    const { username, tokens } = await newPerson(web);
    const { token } = await web.exchange(tokens.accessToken);
    const account = { appId: 'default', accountId: tokens.userId };

    await asOperator(fleet, ({ manageAccounts }) => manageAccounts.disable(account, 'test'));

    expect(await codesOf(business, token)).toEqual([1506]);
    for (const client of [web, elsewhere]) {
      expect((await client.sendRefresh(tokens.refreshToken)).status).toBe(401);
      expect((await client.sendExchange(tokens.accessToken)).status).toBe(401);
      const login = await client.sendLogin({ username, password: PASSWORD });
      expect(problemOf(login)).toMatchObject({ status: 401, code: 'invalid_login' });
    }

    await asOperator(fleet, ({ manageAccounts }) => manageAccounts.enable(account, 'test'));

    expect((await web.sendRefresh(tokens.refreshToken)).status).toBe(401);
    expect(await codesOf(business, token)).toEqual([1506]);
    expect((await web.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
  });

  test('an IM session that was revoked as well is not restored beyond its business session', async () => {
    const business = setting();
    const { web, operators } = business;
    const { tokens } = await newPerson(web);
    const born = await web.exchange(tokens.accessToken, 1);
    const [operator] = operators;
    const { id } = await operator!.revoke({ type: 'session', sessionId: born.sessionId });
    const whole = await operator!.revoke({ type: 'user', userId: tokens.userId });
    await web.logOut(tokens.accessToken);

    await operator!.restore(id);
    await operator!.restore(whole.id);

    expect(await codesOf(business, born.token)).toEqual([1506]);
    expect(await statusesOf(business, born.token)).toEqual(['business_session_ended']);
  });

  test('a suspended IM user gets no user token, and logs in all the same', async () => {
    const { web, operators } = setting();
    const { username, tokens } = await newPerson(web);
    const { token } = await web.exchange(tokens.accessToken, 1);
    await operators[0]!.change(tokens.userId, { status: 'suspended' });

    const refused = await web.sendExchange(tokens.accessToken);
    expect(problemOf(refused)).toMatchObject({ status: 403, code: 'user_suspended' });
    expect(await statusesOf(setting(), token)).toEqual(['user_suspended']);
    expect((await web.logIn({ username, password: PASSWORD })).userId).toBe(tokens.userId);
  });

  test('what became of them is on record, without a secret', async () => {
    const { web, fleet } = setting();
    const { username, tokens } = await newPerson(web);
    const changed = await web.changePassword(tokens.accessToken, PASSWORD, NEW_PASSWORD);
    await web.logOut(changed.accessToken);

    const rows = await ledgerRows(
      fleet,
      `select * from audit_events where subject = '${tokens.userId}'`,
    );

    const types = rows.map(({ type }) => String(type)).toSorted();
    expect(types).toEqual([
      'account.registered',
      'password.changed',
      'session.ended',
      'session.opened',
      'session.opened',
    ]);
    const text = JSON.stringify(rows);
    for (const secret of [PASSWORD, NEW_PASSWORD, username, 'csr_', 'eyJ', '$argon2']) {
      expect(text).not.toContain(secret);
    }
  });
}
