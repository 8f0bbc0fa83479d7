import { expect, test } from 'vitest';
import type { RevocationsSetting } from './revocations-setting.js';

export function explainBehaviour(setting: RevocationsSetting): void {
  test('every revocation is named: which, by whom, when and why', async () => {
    const { first, other } = setting();
    const userId = 'explained';
    const { token, sessionId } = await first.mint({ userId, platformId: 1 });
    const one = await first.revoke({ type: 'user', userId }, 'stolen');
    const two = await first.revoke({ type: 'session', sessionId }, 'and again');

    const { status, causes } = await other.inspect(token);

    expect(status).toBe('revoked');
    const cause = ({ id, target, createdAt: at, createdBy: by, reason }: typeof one) => {
      return { type: 'revoked', revocationId: id, target: target['type'], at, by, reason };
    };
    expect(causes).toHaveLength(2);
    expect(causes).toEqual(expect.arrayContaining([cause(one), cause(two)]));
    await first.restore(one.id);
    expect((await other.inspect(token)).causes).toEqual([cause(two)]);
  });

  test('who was kicked learns by which newcomer', async () => {
    const { first, other } = setting();
    const userId = 'pushed out';
    const { token } = await first.mint({ userId, platformId: 5, deviceId: 'old' });
    const { sessionId } = await first.mint({ userId, platformId: 5, deviceId: 'new' });

    const { status, causes } = await other.inspect(token);

    expect(status).toBe('kicked');
    expect(causes).toEqual([
      {
        type: 'kicked',
        by: sessionId,
        byPlatformId: 5,
        byDeviceId: 'new',
        at: expect.any(String) as string,
      },
    ]);
  });

  test('causes of every kind stand side by side, the first names the status', async () => {
    const { first } = setting();
    const userId = 'much at once';
    const { token } = await first.mint({ userId, platformId: 1 });
    const { id } = await first.revoke({ type: 'platform', userId, platformId: 1 });
    await first.mint({ userId, platformId: 1 });
    await first.change(userId, { status: 'suspended', role: 'vip' });

    const { status, causes } = await first.inspect(token);

    expect(status).toBe('revoked');
    expect(causes.map(({ type }) => type)).toEqual([
      'revoked',
      'kicked',
      'user_suspended',
      'superseded',
    ]);
    expect(causes[0]).toMatchObject({ revocationId: id });
  });

  test('a token that was tampered with names the key it claims to be of', async () => {
    const { first } = setting();
    const { token } = await first.mint({ userId: 'tampered', platformId: 1 });
    const { keyId } = await first.inspect(token);
    const at = token.length - 20;
    const tampered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;

    expect(await first.inspect(tampered)).toEqual({
      status: 'bad_signature',
      active: false,
      causes: [{ type: 'bad_signature', keyId }],
    });
  });

  test('a token of an app-wide revocation names it', async () => {
    const { tenant } = setting();
    const { token } = await tenant.mint({ userId: 'app-wide', platformId: 1 });
    const { id } = await tenant.revoke({ type: 'app' }, 'leaked');

    const { causes } = await tenant.inspect(token);

    expect(causes).toMatchObject([
      { type: 'revoked', revocationId: id, target: 'app', reason: 'leaked' },
    ]);
    await tenant.restore(id);
  });
}
