import { expect, test } from 'vitest';
import { problemOf } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { NativeClient } from '../../support/broker-native.js';
import type { NativeSetting } from './native-setting.js';

const HOUR = 3600;

export function mintBehaviour(setting: NativeSetting): void {
  test('answers with the token and all that there is to know of its session', async () => {
    const { first } = setting();
    const before = Date.now();
    const minted = await first.mint({ userId: 'minted ann', platformId: 3, deviceId: 'desk' });

    expect(minted).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      tokenType: 'Bearer',
      expiresIn: HOUR,
      expiresAt: expect.any(String) as string,
      sessionId: expect.stringMatching(/^[\w-]{22}$/) as string,
      userId: 'minted ann',
      platformId: 3,
      deviceId: 'desk',
      kicked: [],
    });
    const lives = Date.parse(minted.expiresAt) - before;
    expect(lives).toBeGreaterThan((HOUR - 2) * 1000);
    expect(lives).toBeLessThan((HOUR + 2) * 1000);
  });

  test('names nobody’s device null, and whom it kicked', async () => {
    const { first } = setting();
    const one = await first.mint({ userId: 'minted bob', platformId: 1 });
    const two = await first.mint({ userId: 'minted bob', platformId: 1, deviceId: 'phone' });

    expect(one.deviceId).toBeNull();
    expect(two.kicked).toEqual([{ sessionId: one.sessionId, platformId: 1, deviceId: null }]);
  });

  test('starts another session for each login, with tokens of their own', async () => {
    const { first } = setting();
    const [one, two] = [
      await first.mint({ userId: 'minted cyd', platformId: 1 }),
      await first.mint({ userId: 'minted cyd', platformId: 2 }),
    ];

    expect(two.sessionId).not.toBe(one.sessionId);
    expect(two.token).not.toBe(one.token);
  });

  test('takes ids in any script and with any sign, and gives them back as they were', async () => {
    const { first, other } = setting();
    for (const userId of [
      'Ζωή 🙂',
      'a/b?c#d%20e',
      ' blank ',
      '..',
      'user:1',
      'é'.normalize('NFD'),
    ]) {
      const minted = await first.mint({ userId, platformId: 1, deviceId: '{dévice}' });
      expect(minted).toMatchObject({ userId, deviceId: '{dévice}' });
      expect(await other.inspect(minted.token)).toMatchObject({
        ...{ active: true, userId, deviceId: '{dévice}' },
      });
    }
  });

  test.each(['im:users:read', 'im:tokens:inspect'])(
    'wants the scope im:tokens:mint; %s is not enough',
    async (scope) => {
      const { fleet } = setting();
      const token = await adminToken(fleet.first.url, fleet.appSecret, 'default', scope);
      const client = new NativeClient(fleet.first.url, token);
      const answer = await client.send('POST', '/v1/im/tokens', {
        userId: 'minted dan',
        platformId: 1,
      });

      expect(problemOf(answer)).toMatchObject({ status: 403, code: 'insufficient_scope' });
      expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
    },
  );

  test('wants an admin token: none, garbage, or a user’s are refused', async () => {
    const { fleet, first } = setting();
    const user = await first.mint({ userId: 'minted eve', platformId: 1 });
    const codeWith = async (token?: string) => {
      const client = new NativeClient(fleet.first.url, token);
      const body = { userId: 'minted eve', platformId: 1 };
      return problemOf(await client.send('POST', '/v1/im/tokens', body));
    };

    expect(await codeWith()).toMatchObject({ status: 401, code: 'missing_token' });
    expect(await codeWith('garbage')).toMatchObject({ status: 401, code: 'token_malformed' });
    expect(await codeWith(user.token)).toMatchObject({ status: 403, code: 'not_admin' });
  });

  test('refuses the admin’s platform and the admin’s own id', async () => {
    const { first } = setting();
    const mint = async (userId: string, platformId: number) =>
      problemOf(await first.send('POST', '/v1/im/tokens', { userId, platformId }));

    expect(await mint('minted fay', 10)).toMatchObject({ status: 403, code: 'admin_platform' });
    expect(await mint('imAdmin', 1)).toMatchObject({ status: 403, code: 'admin_user' });
  });
}
