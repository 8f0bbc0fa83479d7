import { describe, expect, test } from 'vitest';
import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { PASSWORD, type Tokens } from '../../support/broker-business.js';
import type { Answer } from '../../support/broker-http.js';
import { problemOf } from '../../support/broker-native.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { pollUntil } from '../../support/broker-poll.js';
import { addTotp, type BusinessSetting, codesOf, newName, newPerson } from './business-setting.js';

/** As the settings of these tests have it. */
export const SESSIONS_MAX = 40;

/** What can happen once happens once, however many ask for it at the same time. */
export function onceBehaviour(setting: BusinessSetting): void {
  /** So many calls at the same time, over all brokers. */
  const atOnce = <T>(count: number, call: (client: 'web' | 'elsewhere', n: number) => Promise<T>) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => call(n % 2 === 0 ? 'web' : 'elsewhere', n)),
    );

  test('of fifty who register one name, however they write it, one gets it', async () => {
    const business = setting();
    const name = newName('wanted');
    const spellings = [name, name.toUpperCase(), `W${name.slice(1)}`];
    const answers = await atOnce(50, (client, n) =>
      business[client].sendRegistration({
        username: spellings[n % spellings.length]!,
        password: PASSWORD,
      }),
    );

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201).map(problemOf);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['username_taken']));
    const { userId } = answers.find(({ status }) => status === 201)!.json<{ userId: string }>();
    expect((await business.elsewhere.logIn({ username: name, password: PASSWORD })).userId).toBe(
      userId,
    );
  });

  describe('a second factor', () => {
    /** The answers to so many logins that are finished with one code. */
    const finishAll = async (
      count: number,
      of: (factors: Awaited<ReturnType<typeof addTotp>>) => Promise<[code: string, method: string]>,
    ): Promise<{ answers: readonly Answer[]; sessions: number }> => {
      const business = setting();
      const { username, tokens } = await newPerson(business.web);
      const factors = await addTotp(business.web, tokens);
      const person = { username, password: PASSWORD };
      const begun = await atOnce(count, (client) => business[client].firstStep(person));
      const [code, method] = await of(factors);
      const answers = await atOnce(count, (client, n) =>
        business[client].sendSecondStep(begun[n]!.mfaToken, code, method),
      );
      const { length } = await business.elsewhere.sessions(tokens.accessToken);
      // But for the one that added the factor.
      return { answers, sessions: length - 1 };
    };

    const expectOne = ({ answers, sessions }: Awaited<ReturnType<typeof finishAll>>): void => {
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 200).map(problemOf);
      expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['invalid_code']));
      expect(sessions).toBe(1);
    };

    test('of fifty logins that show one code, one gets a session', async () => {
      expectOne(await finishAll(50, async ({ app }) => [await app.next(), 'totp']));
    });

    test('of twenty that show one recovery code, one gets a session', async () => {
      expectOne(
        await finishAll(20, ({ recoveryCodes }) =>
          Promise.resolve([recoveryCodes[3]!, 'recovery_code']),
        ),
      );
    });

    test('of twenty who finish one login, each with a code of its own, one gets a session', async () => {
      const business = setting();
      const { username, tokens } = await newPerson(business.web);
      const { recoveryCodes } = await addTotp(business.web, tokens);
      const { mfaToken } = await business.web.firstStep({ username, password: PASSWORD });
      const answers = await atOnce(20, (client, n) =>
        business[client].sendSecondStep(mfaToken, recoveryCodes[n % 10]!, 'recovery_code'),
      );

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 200).map(problemOf);
      expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['invalid_ticket']));
      expect(await business.web.sessions(tokens.accessToken)).toHaveLength(2);
    });

    test('of twenty that confirm an app, one gets recovery codes, and they work', async () => {
      const business = setting();
      const { username, tokens } = await newPerson(business.web);
      const app = new AuthenticatorApp(await business.web.offerTotp(tokens.accessToken));
      const code = await app.next();
      const answers = await atOnce(20, (client) =>
        business[client].sendConfirmTotp(tokens.accessToken, code),
      );

      const confirmed = answers.filter(({ status }) => status === 200);
      expect(confirmed).toHaveLength(1);
      const { recoveryCodes } = confirmed[0]!.json<{ recoveryCodes: string[] }>();
      const { mfaToken } = await business.web.firstStep({ username, password: PASSWORD });
      await business.elsewhere.secondStep(mfaToken, recoveryCodes[9]!, 'recovery_code');
    });

    test('of twenty step-ups by one code, one is fresh', async () => {
      const business = setting();
      const { tokens } = await newPerson(business.web);
      const { app } = await addTotp(business.web, tokens);
      const code = await app.next();
      const answers = await atOnce(20, (client) =>
        business[client].sendStepUp(tokens.accessToken, { code }),
      );

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 200).map(problemOf);
      expect(new Set(refused.map(({ code: word }) => word))).toEqual(new Set(['invalid_code']));
    });
  });

  test('sixty logins at once leave as many sessions as an account may have', async () => {
    const business = setting();
    const { web, elsewhere } = business;
    const { username, tokens } = await newPerson(web);
    const born = await web.exchange(tokens.accessToken);
    const all = await atOnce(60, (client) =>
      business[client].logIn({ username, password: PASSWORD }),
    );

    const answers = await Promise.all(
      [tokens, ...all].map(({ refreshToken }) => elsewhere.sendRefresh(refreshToken)),
    );
    const alive = answers.filter(({ status }) => status === 200);
    expect(alive).toHaveLength(SESSIONS_MAX);
    const { accessToken } = alive[0]!.json<Tokens>();
    expect(await web.sessions(accessToken)).toHaveLength(SESSIONS_MAX);
    // The first of them has been unused for longest, and what was born from it has ended, too.
    expect(answers[0]?.status).toBe(401);
    await pollUntil(1000, async () => (await codesOf(business, born.token)).join() === '1506');
    const evicted = await ledgerRows(
      business.fleet,
      `select * from audit_events where subject = '${tokens.userId}' and type = 'session.evicted'`,
    );
    expect(evicted).toHaveLength(all.length + 1 - SESSIONS_MAX);
    const details = evicted.map(({ detail }) => JSON.parse(String(detail)) as object);
    for (const detail of details) expect(detail).toMatchObject({ sessions: 1 });
    expect(details.filter((detail) => 'imSessions' in detail && detail.imSessions === 1)).toEqual([
      { by: expect.stringMatching(/^bs_/) as string, sessions: 1, imSessions: 1 },
    ]);
  });
}
