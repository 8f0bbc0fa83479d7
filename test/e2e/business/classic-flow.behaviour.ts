import { expect, test } from 'vitest';
import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { type ExchangedToken, PASSWORD } from '../../support/broker-business.js';
import { codesOf, type BusinessSetting, newName, statusesOf } from './business-setting.js';

export function classicFlowBehaviour(setting: BusinessSetting): void {
  test('register, log in, second factor, exchange, IM, refresh, exchange, log out: all ends', async () => {
    const business = setting();
    const { web, elsewhere, fleet } = business;
    const person = { username: newName('Zoë'), password: PASSWORD };

    const userId = await web.register({ ...person, email: 'zoe@example.com' });
    const first = await elsewhere.logIn(person);
    expect(first).toMatchObject({ userId, tokenType: 'Bearer', expiresIn: 900 });

    const app = new AuthenticatorApp(await web.offerTotp(first.accessToken));
    const recoveryCodes = await elsewhere.confirmTotp(first.accessToken, await app.next());
    expect(new Set(recoveryCodes).size).toBe(10);

    const { mfaToken, methods } = await web.firstStep(person);
    expect(methods).toEqual(['totp', 'recovery_code']);
    const tokens = await elsewhere.secondStep(mfaToken, await app.next());
    expect(tokens).toMatchObject({ userId });
    expect(tokens.sessionId).not.toBe(first.sessionId);

    const own = await web.exchange(tokens.accessToken, 1, 'phone');
    expect(own).toMatchObject({ userId, platformId: 1, deviceId: 'phone', kicked: [] });
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    const bySecret = await web.grantExchange(
      tokens.accessToken,
      { Authorization: `Basic ${basic}` },
      { platform_id: '5' },
    );
    const byClient = await elsewhere.grantExchange(tokens.accessToken, undefined, {
      platform_id: '3',
      requested_token_type: 'urn:countersign:token-type:im',
    });
    const exchanged = [bySecret, byClient].map((answer) => answer.json<ExchangedToken>());
    for (const answer of exchanged) {
      expect(answer).toMatchObject({
        issued_token_type: 'urn:countersign:token-type:im',
        token_type: 'Bearer',
        user_id: userId,
      });
    }

    const before = [own.token, ...exchanged.map(({ access_token: token }) => token)];
    for (const caller of business.im) {
      for (const token of before) {
        expect((await caller.parseToken(token)).data?.userID).toBe(userId);
      }
    }

    const refreshed = await elsewhere.refresh(tokens.refreshToken);
    expect(refreshed.sessionId).toBe(tokens.sessionId);
    const later = await elsewhere.exchange(refreshed.accessToken, 2);
    expect(await codesOf(business, later.token)).toEqual([0]);

    expect((await web.logOut(refreshed.accessToken)).status).toBe(204);

    for (const token of [...before, later.token]) {
      expect(await codesOf(business, token)).toEqual([1506]);
      expect(await statusesOf(business, token)).toEqual(['business_session_ended']);
    }
    for (const client of [web, elsewhere]) {
      expect((await client.sendExchange(refreshed.accessToken)).status).toBe(401);
      expect((await client.sendRefresh(refreshed.refreshToken)).status).toBe(401);
      // The other session of the same person goes on.
      const [session] = await client.sessions(first.accessToken);
      expect(session?.sessionId).toBe(first.sessionId);
    }
  });
}
