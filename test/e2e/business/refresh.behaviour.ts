import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { BusinessClient, PASSWORD, type Tokens } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import { asOperator } from '../../support/operator.js';
import { addTotp, type BusinessSetting, newName, newPerson } from './business-setting.js';

/** How long the news of a change may take to another broker. */
const NEWS_MS = 1000;
/** As the settings have it. */
const GRACE_SECONDS = 10;

export function refreshBehaviour(setting: BusinessSetting): void {
  test('a refresh token is spent for the next one, with a new access token', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);

    const next = await elsewhere.refresh(tokens.refreshToken);

    expect(next).toMatchObject({
      sessionId: tokens.sessionId,
      userId: tokens.userId,
      tokenType: 'Bearer',
    });
    expect(next.refreshToken).not.toBe(tokens.refreshToken);
    expect(next.accessToken).not.toBe(tokens.accessToken);
    expect(await web.sessions(next.accessToken)).toHaveLength(1);
  });

  test('a spent one gets the very same answer, everywhere, also when its successor has been used', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const answer = await web.refresh(tokens.refreshToken);

    for (const client of [web, elsewhere]) {
      expectSame(await client.refresh(tokens.refreshToken), answer);
    }
    const later = await elsewhere.refresh(answer.refreshToken);
    for (const client of [web, elsewhere]) {
      expectSame(await client.refresh(tokens.refreshToken), answer);
      expectSame(await client.refresh(answer.refreshToken), later);
    }
    expect(await web.sessions(later.accessToken)).toHaveLength(1);
  });

  test('of many that were spent within the grace each is answered, and one too many waits', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const answers: Tokens[] = [tokens];
    for (let n = 0; n < 16; n += 1) {
      const client = n % 2 === 0 ? web : elsewhere;
      answers.push(await client.refresh(answers.at(-1)!.refreshToken));
    }

    for (const [n, answer] of answers.slice(1).entries()) {
      const again = await web.sendRefresh(answers[n]!.refreshToken);
      expectSame(again.json<Tokens>(), answer);
    }
    const last = answers.at(-1)!;
    for (const client of [web, elsewhere]) {
      const waits = await client.sendRefresh(last.refreshToken);
      expect(problemOf(waits)).toMatchObject({ status: 429, code: 'rate_limited' });
      expect(Number(waits.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(waits.headers['retry-after'])).toBeLessThanOrEqual(GRACE_SECONDS);
    }
    expect(await web.sessions(last.accessToken)).toHaveLength(1);
  });

  test('a client that never hears the first answer goes on all the same', async () => {
    const { web, elsewhere } = setting();
    let { tokens } = await newPerson(web);
    for (let n = 0; n < 10; n += 1) {
      const { refreshToken } = tokens;
      const [lost, heard] = n % 2 === 0 ? [web, elsewhere] : [elsewhere, web];
      await lost.sendRefresh(refreshToken);
      tokens = await heard.refresh(refreshToken);
    }
    expect(await web.sessions(tokens.accessToken)).toHaveLength(1);
  });

  test('two tabs that share a session log nobody out, and have one token between them', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    let shared = tokens.refreshToken;
    for (let n = 0; n < 10; n += 1) {
      const [one, two] = await Promise.all([web.refresh(shared), elsewhere.refresh(shared)]);
      expectSame(two, one);
      shared = one.refreshToken;
    }
  });

  test('a tab that is one token behind catches up', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const ahead = await web.refresh(tokens.refreshToken);
    const further = await web.refresh(ahead.refreshToken);

    const behind = await elsewhere.refresh(tokens.refreshToken);
    expectSame(await elsewhere.refresh(behind.refreshToken), further);
  });

  test.each([
    ['its secret', (parts: string[]) => [parts[0], parts[1], random(32), parts[3]]],
    ['its last part', (parts: string[]) => [parts[0], parts[1], parts[2], random(16)]],
    ['both', (parts: string[]) => [parts[0], parts[1], random(32), random(16)]],
  ])('a token of the right ids that was made up in %s ends nothing', async (_, forge) => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    const next = await web.refresh(tokens.refreshToken);

    for (const { refreshToken } of [tokens, next]) {
      const forged = forge(refreshToken.split('.')).join('.');
      const answer = await elsewhere.sendRefresh(forged);
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_grant' });
    }
    expect((await web.sendRefresh(next.refreshToken)).status).toBe(200);
  });

  test('nor does another session’s last part', async () => {
    const { web } = setting();
    const { username, tokens } = await newPerson(web);
    const second = await web.logIn({ username, password: PASSWORD });
    const [id, session, secret] = tokens.refreshToken.split('.');
    const [, , otherSecret, otherTag] = second.refreshToken.split('.');

    for (const parts of [
      [id, session, secret, otherTag],
      [id, session, otherSecret, otherTag],
    ]) {
      const answer = await web.sendRefresh(parts.join('.'));
      expect(problemOf(answer).code).toBe('invalid_grant');
    }
    expect(await web.sessions(second.accessToken)).toHaveLength(2);
  });

  test.each([
    '',
    'csr_',
    'nonsense',
    'csr_a.b.c.d',
    '\u0000',
    'csr_usr_'.padEnd(256, 'x'),
    'x'.repeat(257),
  ])('%j is refused as a refresh token', async (refreshToken) => {
    const answer = await setting().web.sendRefresh(refreshToken);
    expect([400, 401]).toContain(problemOf(answer).status);
  });

  test('a session keeps to the device that it was begun on, whose name need not be given', async () => {
    const { web, elsewhere } = setting();
    const { username } = await newPerson(web);
    const { refreshToken } = await web.logIn({ username, password: PASSWORD, deviceId: 'phone' });

    expect(problemOf(await elsewhere.sendRefresh(refreshToken, 'laptop'))).toMatchObject({
      status: 401,
      code: 'invalid_grant',
    });
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const refused = await web.grant({ ...form, device_id: 'laptop' });
    expect([refused.status, refused.json()]).toMatchObject([400, { error: 'invalid_grant' }]);

    const next = await web.grant({ ...form, device_id: 'phone' });
    const { refresh_token: second } = next.json<{ refresh_token: string }>();
    const third = await elsewhere.refresh(second);
    expect((await web.sendRefresh(third.refreshToken, 'phone')).status).toBe(200);
    // Spent, too, it is answered to its own device only.
    expect(problemOf(await web.sendRefresh(refreshToken, 'laptop')).code).toBe('invalid_grant');
    expect((await web.sendRefresh(refreshToken, 'phone')).status).toBe(200);
  });

  test('a session whose login named no device takes any name', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    expect((await web.sendRefresh(tokens.refreshToken, 'phone')).status).toBe(200);
  });

  test('business tokens have no scope to ask for', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken };
    const answer = await web.grant({ ...form, scope: 'im:connect' });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_scope' }]);
    expect((await web.sendRefresh(tokens.refreshToken)).status).toBe(200);
  });

  describe('clients', () => {
    let confidential: BusinessClient;
    let second: BusinessClient;
    let foreign: BusinessClient;
    beforeAll(async () => {
      const { fleet, web, operators } = setting();
      await operators[0]!.createApp('refreshes');
      const { secret } = await asOperator(fleet, async ({ clients }) => {
        await clients.create('default', { id: 'second', type: 'public' }, 'test');
        await clients.create('refreshes', { id: 'foreign', type: 'public' }, 'test');
        const made = { id: 'server', type: 'confidential' } as const;
        return clients.create('default', made, 'test');
      });
      const publicUrl = fleet.issuer;
      const client = (clientId: string, clientSecret?: string) =>
        new BusinessClient(web.url, {
          clientId,
          publicUrl,
          ...(clientSecret === undefined ? {} : { clientSecret }),
        });
      confidential = client('server', secret);
      second = client('second');
      foreign = client('foreign');
    });

    test('a confidential one refreshes with its secret only', async () => {
      const { web } = setting();
      const { tokens } = await newPerson(confidential);
      const wrong = { clientId: 'server', clientSecret: random(32) };
      for (const imposter of [
        new BusinessClient(web.url, { clientId: 'server' }),
        new BusinessClient(web.url, wrong),
        new BusinessClient(web.url, { clientId: 'web', clientSecret: wrong.clientSecret }),
      ]) {
        const answer = await imposter.sendRefresh(tokens.refreshToken);
        expect(problemOf(answer)).toMatchObject({ status: 401, code: 'client_unknown' });
      }
      expect((await confidential.sendRefresh(tokens.refreshToken)).status).toBe(200);
    });

    test('the token of one is refused to another, of this app or not, and lives on', async () => {
      const { web } = setting();
      const { tokens } = await newPerson(web);
      for (const thief of [second, confidential, foreign]) {
        const answer = await thief.sendRefresh(tokens.refreshToken);
        expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_grant' });
      }
      const next = await web.refresh(tokens.refreshToken);
      for (const thief of [second, confidential, foreign]) {
        // Spent, it is not answered to another client either.
        expect(problemOf(await thief.sendRefresh(tokens.refreshToken)).code).toBe('invalid_grant');
      }
      expect((await web.sendRefresh(next.refreshToken)).status).toBe(200);
    });

    test('a person of one app is nobody in another', async () => {
      const { web } = setting();
      const { username, tokens } = await newPerson(web);
      const answer = await foreign.sendLogin({ username, password: PASSWORD });
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_login' });
      const registered = await foreign.register({ username, password: PASSWORD });
      expect(registered).not.toBe(tokens.userId);
    });

    test('with a client that was removed nobody refreshes, logs in or finishes a login', async () => {
      const { fleet, web, elsewhere } = setting();
      const removed = new BusinessClient(web.url, { clientId: 'removed' });
      await asOperator(fleet, ({ clients }) =>
        clients.create('default', { id: 'removed', type: 'public' }, 'test'),
      );
      const { username, tokens } = await newPerson(removed);
      const careful = await newPerson(removed);
      const { app } = await addTotp(removed, careful.tokens);
      const { mfaToken } = await removed.firstStep({ ...careful, password: PASSWORD });

      await asOperator(fleet, ({ clients }) => clients.remove('default', 'removed', 'test'));

      for (const client of [removed, removed.at(elsewhere.url)]) {
        await pollUntil(NEWS_MS, async () => {
          return (await client.sendLogin({ username, password: '?' })).text.includes(
            'no such client',
          );
        });
        const refreshing = await client.sendRefresh(tokens.refreshToken);
        expect(problemOf(refreshing)).toMatchObject({ status: 401, code: 'client_unknown' });
        const login = await client.sendLogin({ username, password: PASSWORD });
        expect(problemOf(login).code).toBe('client_unknown');
      }
      const finishing = await removed.sendSecondStep(mfaToken, await app.next());
      expect(problemOf(finishing)).toMatchObject({ status: 401, code: 'client_unknown' });
    });
  });

  describe('at the token endpoint', () => {
    const refresh = (client: BusinessClient, token: string) =>
      client.grant({ grant_type: 'refresh_token', refresh_token: token });

    test('it is the same chain, answered as RFC 6749 has it', async () => {
      const { web, elsewhere } = setting();
      const { tokens } = await newPerson(web);

      const answer = await refresh(elsewhere, tokens.refreshToken);

      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
      const granted = answer.json<Record<string, unknown>>();
      expect(granted).toMatchObject({ token_type: 'Bearer' });
      const again = await web.refresh(tokens.refreshToken);
      expect(granted).toMatchObject({
        access_token: again.accessToken,
        refresh_token: again.refreshToken,
      });
      expect((await refresh(web, again.refreshToken)).status).toBe(200);
    });

    test('its refusals are invalid_grant and invalid_client', async () => {
      const { web } = setting();
      const username = newName();
      await web.register({ username, password: PASSWORD });
      const { refreshToken } = await web.logIn({ username, password: PASSWORD });
      const unknown = new BusinessClient(web.url, { clientId: 'nobody' });

      expect((await refresh(web, 'nonsense')).json()).toMatchObject({ error: 'invalid_grant' });
      expect((await refresh(web, 'nonsense')).status).toBe(400);
      const refused = await refresh(unknown, refreshToken);
      expect([refused.status, refused.json<{ error: string }>().error]).toEqual([
        401,
        'invalid_client',
      ]);
      const missing = await web.grant({ grant_type: 'refresh_token' });
      expect(missing.json()).toMatchObject({ error: 'invalid_request' });
    });
  });
}

/** The same tokens; how long the access token is still good is told as of now. */
function expectSame(answer: Tokens, first: Tokens): void {
  expect({ ...answer, expiresIn: first.expiresIn }).toEqual(first);
  // The same moment, seen from when and where it is told: two brokers may begin a second apart.
  expect(Math.abs(answer.expiresIn - first.expiresIn)).toBeLessThan(30);
}

function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
