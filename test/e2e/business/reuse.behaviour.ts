import { expect, test } from 'vitest';
import { PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { codesOf, type BusinessSetting, newPerson, statusesOf } from './business-setting.js';

/** Where a token gets its answer again until its successor is used, and no longer. */
export function reuseBehaviour(setting: BusinessSetting): void {
  /** What the audit record tells of the reuse of somebody's tokens. */
  const reuses = async (userId: string) => {
    const { fleet } = setting();
    const rows = await ledgerRows(fleet, `select * from audit_events where subject = '${userId}'`);
    return rows.filter(({ type }) => type === 'refresh_token.reused');
  };

  test('a token shown after the grace ends its session and the IM sessions born from it, and no other', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens: stolen } = await newPerson(web);
    const other = await elsewhere.logIn({ username, password: PASSWORD });
    const born = await web.exchange(stolen.accessToken, 1);
    const apart = await web.exchange(other.accessToken, 5);
    const second = await web.refresh(stolen.refreshToken);
    const third = await elsewhere.refresh(second.refreshToken);

    const reused = await elsewhere.sendRefresh(stolen.refreshToken);

    expect(problemOf(reused)).toMatchObject({ status: 401, code: 'invalid_grant' });
    for (const { refreshToken } of [stolen, second, third]) {
      expect(problemOf(await web.sendRefresh(refreshToken)).code).toBe('invalid_grant');
    }
    expect(problemOf(await web.sendExchange(third.accessToken)).code).toBe(
      'token_business_session_ended',
    );
    expect(await codesOf(business, born.token)).toEqual([1506]);
    expect(await statusesOf(business, born.token)).toEqual(['business_session_ended']);
    expect(await codesOf(business, apart.token)).toEqual([0]);
    expect(await web.sessions(other.accessToken)).toHaveLength(1);
    expect((await elsewhere.sendRefresh(other.refreshToken)).status).toBe(200);
  });

  test('it goes on record as a security event, once, however often the token is shown', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const { refreshToken } = await web.refresh(tokens.refreshToken);
    await web.refresh(refreshToken);
    expect(await reuses(tokens.userId)).toEqual([]);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? web : elsewhere).sendRefresh(tokens.refreshToken),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const found = await reuses(tokens.userId);
    expect(found).toMatchObject([{ app_id: 'default', type: 'refresh_token.reused', actor: '' }]);
    expect(Number(found[0]?.['security'])).toBe(1);
    expect(JSON.parse(String(found[0]?.['detail']))).toEqual({
      sessionId: tokens.sessionId,
      clientId: 'web',
      sessions: 1,
      imSessions: 0,
    });
    expect(JSON.stringify(found)).not.toContain(tokens.refreshToken.split('.')[2]);
  });

  test('until its successor is used, however long that takes, it is answered', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const next = await web.refresh(tokens.refreshToken);
    for (let n = 0; n < 5; n += 1) {
      const again = await (n % 2 === 0 ? elsewhere : web).refresh(tokens.refreshToken);
      expect(again.refreshToken).toBe(next.refreshToken);
    }
    expect(await reuses(tokens.userId)).toEqual([]);
  });

  test('a forged token of a session whose tokens were spent long ago ends nothing', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    let last = tokens;
    for (let n = 0; n < 6; n += 1) last = await web.refresh(last.refreshToken);
    const [id, session, secret = '', tag] = tokens.refreshToken.split('.');
    const altered = [id, session, `${secret.slice(1)}${secret[0] === 'A' ? 'B' : 'A'}`, tag];

    expect(problemOf(await elsewhere.sendRefresh(altered.join('.'))).code).toBe('invalid_grant');
    expect((await web.sendRefresh(last.refreshToken)).status).toBe(200);
    expect(await reuses(tokens.userId)).toEqual([]);
  });

  test('of a token and its spent predecessor shown at once, either order, no two branches live', async () => {
    const { web, elsewhere } = setting();
    for (let round = 0; round < 10; round += 1) {
      const { tokens } = await newPerson(web);
      const next = await web.refresh(tokens.refreshToken);
      const answers = await Promise.all([
        elsewhere.sendRefresh(tokens.refreshToken),
        web.sendRefresh(next.refreshToken),
        elsewhere.sendRefresh(next.refreshToken),
      ]);
      const given = answers
        .filter(({ status }) => status === 200)
        .map((answer) => answer.json<{ refreshToken: string }>().refreshToken);
      // The predecessor is answered with `next`, which is spent; the others with one successor.
      const successors = new Set(given.filter((token) => token !== next.refreshToken));
      expect(successors.size).toBeLessThanOrEqual(1);
    }
  });
}
