import { expect, test } from 'vitest';
import type { Answer } from '../../support/broker-http.js';
import { type Minted, NativeClient, problemOf, type Renewed } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { pollUntil } from '../../support/broker-poll.js';
import { claimsOf } from './claims-of.js';
import type { NativeSetting } from './native-setting.js';

/** Short enough to come into its last third soon, long enough to be seen before that. */
const SHORT_SECONDS = 4;

export function renewBehaviour(setting: NativeSetting): void {
  const renew = (token: string): Promise<Answer> =>
    new NativeClient(setting().fleet.other.url, token).renew();

  /** Asks until the token is in its last third. */
  async function renewWhenDue(minted: Minted): Promise<Answer> {
    let answer = await renew(minted.token);
    await pollUntil(SHORT_SECONDS * 1000, async () => {
      answer = await renew(minted.token);
      return answer.status !== 200 || answer.json<Renewed>().renewed;
    });
    return answer;
  }

  test('gives a young token back as it is', async () => {
    const { first } = setting();
    const { token, expiresIn } = await first.mint({ userId: 'renewing ann', platformId: 1 });
    const answer = await renew(token);

    expect(answer.status).toBe(200);
    const renewed = answer.json<Renewed>();
    expect(renewed).toMatchObject({ token, renewed: false });
    expect(renewed.expiresIn).toBeLessThanOrEqual(expiresIn);
    expect(renewed.expiresIn).toBeGreaterThan(expiresIn - 5);
    expect(answer.headers).not.toHaveProperty('x-renewed-token');
  });

  test.concurrent(
    'gives a new token of the same session in the last third of its life',
    async () => {
      const { first } = setting();
      const request = {
        userId: 'renewing bob',
        platformId: 1,
        deviceId: 'phone',
        ttlSeconds: SHORT_SECONDS,
      };
      const minted = await first.mint(request);
      const answer = await renewWhenDue(minted);
      const { token, expiresIn } = answer.json<Renewed>();

      expect(answer.headers['x-renewed-token']).toBe(token);
      expect(expiresIn).toBe(SHORT_SECONDS);
      const [before, after] = [claimsOf(minted.token), claimsOf(token)];
      expect(after).toMatchObject({ sid: before.sid, sub: 'renewing bob', scope: before.scope });
      expect(after.jti).not.toBe(before.jti);
      expect(after.iat).toBeGreaterThanOrEqual(before.exp - 2);
      expect((await first.inspect(minted.token)).status).toBe('active');

      await pollUntil(3000, async () => (await first.inspect(minted.token)).status === 'expired');
      expect(await first.inspect(token)).toMatchObject({
        ...{ status: 'active', sessionId: minted.sessionId, deviceId: 'phone' },
      });
    },
  );

  test.concurrent(
    'never kicks: a renewed session keeps its place, and the others theirs',
    async () => {
      const { first } = setting();
      const short = { userId: 'renewing cyd', ttlSeconds: SHORT_SECONDS };
      const one = await first.mint({ ...short, platformId: 1 });
      const two = await first.mint({ ...short, platformId: 2 });
      const { token } = (await renewWhenDue(one)).json<Renewed>();

      expect((await first.inspect(token)).status).toBe('active');
      expect((await first.inspect(two.token)).status).toBe('active');
    },
  );

  test('of a superseded token carries the new role', async () => {
    const { first } = setting();
    const minted = await first.mint({ userId: 'renewing dan', platformId: 1 });
    await first.change('renewing dan', { role: 'vip' });
    const answer = await renew(minted.token);
    const { token, renewed } = answer.json<Renewed>();

    expect(renewed).toBe(true);
    expect(answer.headers['x-renewed-token']).toBe(token);
    const claims = claimsOf(token);
    expect(claims).toMatchObject({ sid: minted.sessionId, role: 'vip' });
    // A broker whose copy still has the old role must not judge by it.
    expect(claims.ver).toBeGreaterThan(claimsOf(minted.token).ver);
    expect((await first.inspect(token)).status).toBe('active');
    expect((await first.inspect(minted.token)).status).toBe('superseded');
  });

  test('a superseded token is good for nothing else: OpenIM’s SDKs are told that it has expired', async () => {
    const { first, fleet } = setting();
    const { token } = await first.mint({ userId: 'renewing eve', platformId: 1 });
    await first.change('renewing eve', { role: 'vip' });
    const im = new OpenimClient(fleet.first.url);

    expect(await im.codeOf(token)).toBe(1501);
    await first.change('renewing eve', { role: '' });
    expect(await im.codeOf(token)).toBe(0);
  });

  test('is refused without the scope im:renew', async () => {
    const { first } = setting();
    const { token } = await first.mint({
      userId: 'renewing fay',
      platformId: 1,
      scope: 'im:connect',
    });

    const problem = problemOf(await renew(token));
    expect(problem).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  test('keeps the scope that the token had, and never widens it', async () => {
    const { first } = setting();
    const scope = 'im:renew some:thing';
    const { token } = await first.mint({ userId: 'renewing gus', platformId: 1, scope });
    await first.change('renewing gus', { role: 'vip' });

    expect(claimsOf((await renew(token)).json<Renewed>().token).scope).toBe(scope);
  });

  test('is refused to whoever was kicked, logged out or suspended', async () => {
    const { first, fleet } = setting();
    const kicked = await first.mint({ userId: 'renewing hal', platformId: 1 });
    await first.mint({ userId: 'renewing hal', platformId: 1 });
    const out = await first.mint({ userId: 'renewing ida', platformId: 1 });
    const im = new OpenimClient(fleet.other.url);
    await im.forceLogout(await im.admin(fleet.appSecret), 'renewing ida', 1);
    const suspended = await first.mint({ userId: 'renewing jon', platformId: 1 });
    await first.change('renewing jon', { status: 'suspended', role: 'vip' });

    const code = async ({ token }: Minted) => problemOf(await renew(token));
    expect(await code(kicked)).toMatchObject({ status: 401, code: 'token_kicked' });
    expect(await code(out)).toMatchObject({ status: 401, code: 'token_revoked' });
    expect(await code(suspended)).toMatchObject({ status: 401, code: 'token_user_suspended' });
  });

  test('wants a user’s token: none, garbage and an admin’s are refused', async () => {
    const { first, fleet } = setting();
    const without = await new NativeClient(fleet.first.url).renew();

    expect(problemOf(without)).toMatchObject({ status: 401, code: 'missing_token' });
    expect(without.headers['www-authenticate']).toBe('Bearer');
    expect(problemOf(await renew('garbage'))).toMatchObject({ code: 'token_malformed' });
    expect(problemOf(await first.renew()).status).toBe(401);
  });

  test.concurrent('is refused once the token has expired', async () => {
    const { first } = setting();
    const { token } = await first.mint({ userId: 'renewing kim', platformId: 1, ttlSeconds: 1 });
    await pollUntil(3000, async () => (await renew(token)).status === 401);

    const answer = await renew(token);
    expect(problemOf(answer).code).toBe('token_expired');
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });
}
