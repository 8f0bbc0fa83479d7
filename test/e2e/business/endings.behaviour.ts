import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/broker.js';
import {
  type BusinessClient,
  NEW_PASSWORD,
  PASSWORD,
  type Tokens,
} from '../../support/broker-business.js';
import type { Answer } from '../../support/broker-http.js';
import type { Minted } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import { asOperator } from '../../support/operator.js';
import { openSessions } from '../../support/opened-sessions.js';
import { type BusinessSetting, codesOf, newPerson, statusesOf } from './business-setting.js';
import { SESSIONS_MAX } from './once.behaviour.js';

const ROUNDS = 80;
/** With a password, which costs more. */
const FEW_ROUNDS = 10;
const AT_ONCE = 4;
/** The end is asked for after so long at most. */
const HEAD_START_MS = 10;
/** How long the news of an end may take to another broker. */
const NEWS_MS = 1000;

const PLATFORMS = [1, 2, 3, 5, 8];

/** How a session ends. Resolves when that has been answered. */
type End = (client: BusinessClient, tokens: Tokens) => Promise<Answer>;

const ENDINGS: readonly [name: string, end: End][] = [
  ['a logout', (client, { accessToken }) => client.logOut(accessToken)],
  ['its end', (client, { accessToken, sessionId }) => client.end(accessToken, sessionId)],
  ['a logout everywhere', (client, { accessToken }) => client.logOutAll(accessToken)],
];

/** What was got with a session until it had ended everywhere. */
interface Got {
  readonly userTokens: readonly string[];
  readonly refreshed: readonly Tokens[];
}

/** Nothing that was born from a session, or got with it, outlives its end by a race. */
export function endingsBehaviour(setting: BusinessSetting): void {
  /** Sessions whose person has no password, but tokens. */
  const withTokens = async (count: number): Promise<Tokens[]> => {
    const { fleet, web } = setting();
    const opened = await openSessions(fleet, count);
    return Promise.all(opened.map(({ refreshToken }) => web.refresh(refreshToken)));
  };

  /** Exchanges and refreshes at every broker, again and again, until the end has been answered. */
  const race = async (tokens: Tokens, end: () => Promise<unknown>): Promise<Got> => {
    const { web, elsewhere } = setting();
    const answers: Answer[] = [];
    const refreshed: Answer[] = [];
    const over = new AbortController();
    const hammer = async (client: BusinessClient): Promise<void> => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const platformId = PLATFORMS[n % PLATFORMS.length]!;
        answers.push(await client.sendExchange(tokens.accessToken, platformId));
        refreshed.push(await client.sendRefresh(tokens.refreshToken));
      }
      // What is begun when the end has been answered can't come before it.
      expect((await client.sendExchange(tokens.accessToken)).status).toBe(401);
      expect((await client.sendRefresh(tokens.refreshToken)).status).toBe(401);
    };
    const ending = sleep(Math.random() * HEAD_START_MS)
      .then(end)
      .finally(() => over.abort());
    await Promise.all([hammer(web), hammer(elsewhere), ending]);
    return {
      userTokens: got(answers, 201).map((answer) => answer.json<Minted>().token),
      refreshed: got(refreshed, 200).map((answer) => answer.json<Tokens>()),
    };
  };

  const expectAllEnded = async ({ userTokens, refreshed }: Got): Promise<void> => {
    const business = setting();
    for (const token of userTokens) {
      await pollUntil(NEWS_MS, async () => (await codesOf(business, token)).join() === '1506');
    }
    for (const token of userTokens.slice(-1)) {
      // One that a later exchange had kicked tells of that.
      const [status, ...others] = await statusesOf(business, token);
      expect(['business_session_ended', 'kicked']).toContain(status);
      expect(others).toEqual([]);
    }
    expect(new Set(refreshed.map(({ refreshToken }) => refreshToken)).size).toBeLessThan(2);
    for (const { refreshToken, accessToken } of refreshed.slice(0, 1)) {
      for (const client of [business.web, business.elsewhere]) {
        expect((await client.sendRefresh(refreshToken)).status).toBe(401);
        expect((await client.sendExchange(accessToken)).status).toBe(401);
      }
    }
  };

  /** Races many sessions, some at a time. */
  const expectNoneSurvives = async <T>(
    all: readonly T[],
    run: (one: T) => Promise<Got>,
    atOnce = AT_ONCE,
  ) => {
    let userTokens = 0;
    const waiting = [...all];
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
          const raced = await run(one);
          userTokens += raced.userTokens.length;
          await expectAllEnded(raced);
        }
      }),
    );
    onTestFinished(({ task }) => void Object.assign(task.meta, { userTokens }));
    expect(userTokens).toBeGreaterThan(0);
  };

  test.each(ENDINGS)(
    'no user token and no refreshed one slips past %s',
    async (_, end) => {
      const { web, elsewhere } = setting();
      const all = await withTokens(ROUNDS);
      await expectNoneSurvives(all, (tokens) =>
        race(tokens, async () => {
          const answer = await end(Math.random() < 0.5 ? web : elsewhere, tokens);
          expect(answer.status).toBe(204);
        }),
      );
    },
    60_000,
  );

  test('nor past the disabling of an account', { timeout: 60_000 }, async () => {
    const all = await withTokens(ROUNDS);
    await asOperator(setting().fleet, ({ manageAccounts }: Broker) =>
      expectNoneSurvives(all, (tokens) =>
        race(tokens, () =>
          manageAccounts.disable({ appId: 'default', accountId: tokens.userId }, 'test'),
        ),
      ),
    );
  });

  test('nor past a changed password, nor a login by the old one', { timeout: 60_000 }, async () => {
    const { web, elsewhere } = setting();
    const people = await Promise.all(Array.from({ length: FEW_ROUNDS }, () => newPerson(web)));
    await expectNoneSurvives(
      people,
      async ({ username, tokens }) => {
        const person = { username, password: PASSWORD };
        const logins: Answer[] = [];
        const change = Promise.withResolvers<Tokens>();
        const over = new AbortController();
        const keepLoggingIn = async (client: BusinessClient): Promise<void> => {
          // Not so many that they end the owner's own session, which then changes no password.
          while (!over.signal.aborted && logins.length < SESSIONS_MAX - 5) {
            logins.push(await client.sendLogin(person));
          }
        };
        const changing = race(tokens, async () => {
          change.resolve(await web.changePassword(tokens.accessToken, PASSWORD, NEW_PASSWORD));
        }).finally(() => over.abort());
        await Promise.all([changing, keepLoggingIn(web), keepLoggingIn(elsewhere)]);
        const raced = await changing;
        const changed = await change.promise;
        for (const answer of got(logins, 200)) {
          const { refreshToken } = answer.json<Tokens>();
          expect((await elsewhere.sendRefresh(refreshToken)).status).toBe(401);
        }
        const left = await elsewhere.sessions(changed.accessToken);
        expect(left.map(({ sessionId }) => sessionId)).toEqual([changed.sessionId]);
        expect((await elsewhere.sendLogin(person)).status).toBe(401);
        return raced;
      },
      2,
    );
  });

  test('of two changes of a password one is made, and its tokens work', async () => {
    const { web, elsewhere } = setting();
    for (let round = 0; round < 5; round += 1) {
      const { username, tokens } = await newPerson(web);
      const passwords = [NEW_PASSWORD, `${NEW_PASSWORD} again`];
      const answers = await Promise.all(
        passwords.map((password, n) =>
          (n === 0 ? web : elsewhere).sendPassword(tokens.accessToken, PASSWORD, password),
        ),
      );

      const won = answers.findIndex(({ status }) => status === 200);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
      const { refreshToken } = answers[won]!.json<Tokens>();
      expect((await elsewhere.sendRefresh(refreshToken)).status).toBe(200);
      const login = { username, password: passwords[won]! };
      expect((await web.logIn(login)).userId).toBe(tokens.userId);
    }
  });
}

/** The answers of this status. All others must be 401. */
function got(answers: readonly Answer[], status: number): readonly Answer[] {
  const other = answers.filter((answer) => answer.status !== status && answer.status !== 401);
  expect(other.map(({ text }) => text)).toEqual([]);
  return answers.filter((answer) => answer.status === status);
}
