import { expect, test } from 'vitest';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import type { NativeSetting } from './native-setting.js';

export function idempotencyBehaviour(setting: NativeSetting): void {
  const body = { userId: 'idempotent ida', platformId: 1, deviceId: 'phone', ttlSeconds: 600 };

  test('gives the same session again, in a token signed anew', async () => {
    const { first, other } = setting();
    const one = await first.mint(body, 'order 1');
    const two = await other.mint(body, 'order 1');

    expect({ ...two, token: '' }).toEqual({ ...one, token: '' });
    expect(two.token).not.toBe(one.token);
    for (const { token } of [one, two]) expect((await first.inspect(token)).active).toBe(true);
  });

  test('names again whom the first request kicked', async () => {
    const { first } = setting();
    const user = { userId: 'idempotent jan', platformId: 1 };
    const old = await first.mint(user);
    const once = await first.mint(user, 'order 2');
    const twice = await first.mint(user, 'order 2');

    expect(once.kicked.map(({ sessionId }) => sessionId)).toEqual([old.sessionId]);
    expect(twice.kicked).toEqual(once.kicked);
  });

  test('with another request is refused, whatever is other about it', async () => {
    const { first, other } = setting();
    await first.mint(body, 'order 3');
    const others = [
      { ...body, userId: 'another' },
      { ...body, platformId: 2 },
      { ...body, deviceId: 'tablet' },
      { ...body, ttlSeconds: 601 },
      { ...body, scope: 'im:connect' },
    ];
    for (const request of others) {
      const key = { 'Idempotency-Key': 'order 3' };
      const answer = await other.send('POST', '/v1/im/tokens', request, key);
      expect(problemOf(answer)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    }
  });

  test('that was refused is free for another try', async () => {
    const { first } = setting();
    await first.mint({ userId: 'idempotent kai', platformId: 1 });
    await first.change('idempotent kai', { status: 'suspended' });
    const key = { 'Idempotency-Key': 'order 4' };
    const refused = await first.send(
      'POST',
      '/v1/im/tokens',
      { userId: 'idempotent kai', platformId: 1 },
      key,
    );
    await first.change('idempotent kai', { status: 'active' });

    expect(problemOf(refused).code).toBe('user_suspended');
    expect((await first.mint({ userId: 'idempotent kai', platformId: 1 }, 'order 4')).userId).toBe(
      'idempotent kai',
    );
  });

  test('sent many times at once, to all brokers, makes one session', async () => {
    const { first, other } = setting();
    for (let round = 0; round < 5; round++) {
      const request = { userId: `idempotent lin ${round}`, platformId: 1 };
      const minted = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          (n % 2 === 0 ? first : other).mint(request, `order 5.${round}`),
        ),
      );
      expect(new Set(minted.map(({ sessionId }) => sessionId)).size).toBe(1);
      expect(minted.flatMap(({ kicked }) => kicked)).toEqual([]);
    }
  });

  test('sent at once with different requests makes one session and refuses the others', async () => {
    const { first, other } = setting();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 === 0 ? first : other).send(
          'POST',
          '/v1/im/tokens',
          { userId: `idempotent max ${n}`, platformId: 1 },
          { 'Idempotency-Key': 'order 6' },
        ),
      ),
    );

    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 422)]);
  });

  test('means nothing to another app', async () => {
    const { first, fleet } = setting();
    const mine = await first.mint(body, 'order 7');
    const { secret } = await first.createApp('idempotent');
    const token = await adminToken(fleet.first.url, secret.secret, 'idempotent');
    const tenant = new NativeClient(fleet.first.url, token);
    const theirs = await tenant.mint({ ...body, platformId: 5 }, 'order 7');

    expect(theirs.sessionId).not.toBe(mine.sessionId);
  });

  test('is remembered after a restart', async () => {
    const { first, fleet } = setting();
    const before = await first.mint(body, 'order 8');
    await fleet.first.kill();
    await fleet.first.startAgain();

    expect((await first.mint(body, 'order 8')).sessionId).toBe(before.sessionId);
    const other = { ...body, platformId: 2 };
    const answer = await first.send('POST', '/v1/im/tokens', other, {
      'Idempotency-Key': 'order 8',
    });
    expect(answer.status).toBe(422);
  });

  test.each(['', 'k'.repeat(256), 'schlüssel'])('that is no key, %j, is refused', async (key) => {
    const headers = { 'Idempotency-Key': Buffer.from(key, 'utf8').toString('latin1') };
    const answer = await setting().first.send('POST', '/v1/im/tokens', body, headers);

    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
}
