import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Answer } from '../../support/broker-http.js';
import { type BusinessClient, NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { pollUntil } from '../../support/broker-poll.js';
import { claimsOf } from '../native/claims-of.js';
import { addTotp, type BusinessSetting, newPerson } from './business-setting.js';

export const SINGLE = 'urn:countersign:acr:single';
export const MULTI = 'urn:countersign:acr:multi';

type Call = (client: BusinessClient, accessToken: string) => Promise<Answer>;

const SENSITIVE: readonly [name: string, call: Call][] = [
  ['changing the password', (client, token) => client.sendPassword(token, PASSWORD, NEW_PASSWORD)],
  [
    'offering an app',
    (client, token) => client.send('POST', '/v1/auth/mfa/totp', undefined, token),
  ],
  ['confirming an app', (client, token) => client.sendConfirmTotp(token, '123456')],
  ['removing an app', (client, token) => client.removeTotp(token)],
  [
    'asking for a new passkey',
    (client, token) => client.send('POST', '/v1/auth/passkeys/options', undefined, token),
  ],
  [
    'adding a passkey',
    (client, token) => {
      const credential = { id: 'none', type: 'public-key', response: {} };
      const body = { passkeyToken: 'pk_none', credential, name: 'laptop' };
      return client.send('POST', '/v1/auth/passkeys', body, token);
    },
  ],
  [
    'removing a passkey',
    (client, token) => client.send('DELETE', '/v1/auth/passkeys/none', undefined, token),
  ],
  ['ending all sessions', (client, token) => client.logOutAll(token)],
];

/** Where a proof is fresh for `maxAge` seconds. */
export function stepUpBehaviour(setting: BusinessSetting, maxAge: number): void {
  /** Waits until the proof of a token is too old. */
  const untilStale = async (client: BusinessClient, accessToken: string): Promise<void> => {
    const { auth_time: provenAt } = claimsOf(accessToken) as unknown as { auth_time: number };
    await pollUntil((maxAge + 5) * 1000, async () => {
      const now = Date.now() / 1000;
      return Promise.resolve(now > provenAt + maxAge + 1.2);
    });
    expect((await client.sendExchange(accessToken)).status).toBe(201);
  };

  test.concurrent('sensitive calls want a fresh proof, the others do not', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    await untilStale(web, tokens.accessToken);

    for (const [name, call] of SENSITIVE) {
      const answer = await call(elsewhere, tokens.accessToken);
      expect(problemOf(answer), name).toMatchObject({
        status: 401,
        code: 'insufficient_user_authentication',
      });
      expect(answer.headers['www-authenticate'], name).toMatch(
        new RegExp(`^Bearer error="insufficient_user_authentication".*max_age="?${maxAge}"?$`),
      );
    }

    // A refreshed token is of the same proof.
    const refreshed = await web.refresh(tokens.refreshToken);
    expect((await web.logOutAll(refreshed.accessToken)).status).toBe(401);
    expect(await web.sessions(refreshed.accessToken)).toHaveLength(1);
    expect((await web.logOut(refreshed.accessToken)).status).toBe(204);
  });

  test.concurrent(
    'proving the password anew makes it fresh, also for what is refreshed later',
    async () => {
      const { web, elsewhere } = setting();
      const { tokens } = await newPerson(web);
      await untilStale(web, tokens.accessToken);

      const wrong = await web.sendStepUp(tokens.accessToken, { password: NEW_PASSWORD });
      expect(problemOf(wrong)).toMatchObject({ status: 401, code: 'invalid_login' });
      const noApp = await web.sendStepUp(tokens.accessToken, { code: '123456' });
      expect(problemOf(noApp)).toMatchObject({ status: 401, code: 'invalid_code' });
      const fresh = await web.stepUp(tokens.accessToken, { password: PASSWORD });

      expect(claimsOf(fresh)).toMatchObject({ sid: tokens.sessionId, acr: SINGLE, amr: ['pwd'] });
      expect((await web.logOutAll(tokens.accessToken)).status).toBe(401);
      const refreshed = await elsewhere.refresh(tokens.refreshToken);
      expect(claimsOf(refreshed.accessToken)).toMatchObject({
        auth_time: (claimsOf(fresh) as unknown as { auth_time: number }).auth_time,
      });
      expect((await elsewhere.logOutAll(fresh)).status).toBe(204);
    },
  );

  test.concurrent('of who has a second factor the password alone is not enough', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { app } = await addTotp(web, tokens);
    const { mfaToken } = await web.firstStep({ username, password: PASSWORD });
    const strong = await web.secondStep(mfaToken, await app.next());
    expect(claimsOf(strong.accessToken)).toMatchObject({ acr: MULTI, amr: ['pwd', 'otp', 'mfa'] });
    await untilStale(web, strong.accessToken);

    const byPassword = await web.stepUp(strong.accessToken, { password: PASSWORD });
    const weak = await elsewhere.logOutAll(byPassword);
    expect(problemOf(weak).code).toBe('insufficient_user_authentication');
    expect(weak.headers['www-authenticate']).toContain(`acr_values="${MULTI}"`);

    // Which takes nothing away from what the session was proven by before.
    const refreshed = await elsewhere.refresh(strong.refreshToken);
    expect(claimsOf(refreshed.accessToken)).toMatchObject({
      acr: MULTI,
      auth_time: (claimsOf(strong.accessToken) as unknown as { auth_time: number }).auth_time,
    });

    const replayed = await elsewhere.sendStepUp(strong.accessToken, { code: app.last });
    expect(problemOf(replayed)).toMatchObject({ status: 401, code: 'invalid_code' });
    // As apps show it: in two halves.
    const code = (await app.next()).replace(/^.../, '$& ');
    const byCode = await elsewhere.stepUp(byPassword, { code });
    expect(claimsOf(byCode)).toMatchObject({ acr: MULTI, sid: strong.sessionId });
    expect((await web.removeTotp(byCode)).status).toBe(204);
  });

  test('a session that began before the second factor is not strong enough for taking it away', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    await addTotp(web, tokens);

    const answer = await web.removeTotp(tokens.accessToken);

    expect(problemOf(answer).code).toBe('insufficient_user_authentication');
    expect(answer.headers['www-authenticate']).toContain(`acr_values="${MULTI}"`);
  });

  test('a changed password makes a proof by two factors no fresher', async () => {
    const { web, elsewhere } = setting();
    const { username, tokens } = await newPerson(web);
    const { app } = await addTotp(web, tokens);
    const { mfaToken } = await web.firstStep({ username, password: PASSWORD });
    const strong = await web.secondStep(mfaToken, await app.next());
    const { auth_time: provenAt } = claimsOf(strong.accessToken) as unknown as {
      auth_time: number;
    };
    await sleep(Math.max(0, (provenAt + 1) * 1000 - Date.now()));

    const changed = await elsewhere.changePassword(strong.accessToken, PASSWORD, NEW_PASSWORD);

    expect(claimsOf(changed.accessToken)).toMatchObject({ acr: MULTI, auth_time: provenAt });
  });

  test('a session that has ended is not proven anew', async () => {
    const { web, elsewhere } = setting();
    const { tokens } = await newPerson(web);
    await web.logOut(tokens.accessToken);

    const answer = await elsewhere.sendStepUp(tokens.accessToken, { password: PASSWORD });

    expect(problemOf(answer).code).toBe('token_business_session_ended');
  });
}
