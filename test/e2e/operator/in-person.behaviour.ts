import { expect, test } from 'vitest';
import { PASSWORD } from '../../support/broker-business.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { addTotp, type BusinessSetting, newPerson } from '../business/business-setting.js';
import { operatorInPerson, OperatorShell, sendForAdminToken } from './people-setting.js';

/** People who were granted scopes, and what they do with them. */
export function inPersonBehaviour(setting: BusinessSetting): void {
  const shell = new OperatorShell(setting);

  /** Somebody with these scopes. */
  async function granted(...scopes: readonly string[]) {
    const person = await newPerson(setting().web, 'operator');
    await shell.json('accounts', 'grant', person.username, ...scopes);
    return person;
  }

  test('a grant lets its owner get an admin token in their own name, and no more than that', async () => {
    const business = setting();
    const { tokens } = await granted('im:users:write', 'im:users:read', 'im:tokens:revoke');
    const scope = 'im:users:read im:tokens:revoke';
    for (const admin of await operatorInPerson(business, tokens.accessToken, scope)) {
      const revoked = await admin.revoke({ type: 'user', userId: 'somebody' });
      expect(revoked.createdBy).toBe(tokens.userId);
      const change = await admin.send('PATCH', '/v1/im/users/somebody', { role: 'vip' });
      expect(problemOf(change)).toMatchObject({ status: 403, code: 'insufficient_scope' });
    }
    for (const tooMuch of ['keys:read', 'im:users:read keys:read', 'no:such:scope']) {
      const refused = await sendForAdminToken(business, tokens.accessToken, tooMuch);
      expect(problemOf(refused)).toMatchObject({ status: 400, code: 'invalid_scope' });
    }
  });

  test('who was granted nothing gets none', async () => {
    const { tokens } = await newPerson(setting().web);
    const refused = await sendForAdminToken(setting(), tokens.accessToken, 'im:users:read');
    expect(problemOf(refused)).toMatchObject({ status: 400, code: 'invalid_scope' });
  });

  test('less of a grant, and none, is refused at once, everywhere; what is left works on', async () => {
    const business = setting();
    const { username, tokens } = await granted('keys:read', 'audit:read');
    const both = await operatorInPerson(business, tokens.accessToken, 'keys:read audit:read');
    const one = await operatorInPerson(business, tokens.accessToken, 'audit:read');

    expect(await shell.json('accounts', 'grant', username, 'audit:read')).toMatchObject({
      scopes: ['audit:read'],
    });
    for (const admin of both) {
      expect(problemOf(await admin.send('GET', '/v1/audit')).code).toBe('token_revoked');
    }
    for (const admin of one) expect((await admin.send('GET', '/v1/audit')).status).toBe(200);

    expect(await shell.json('accounts', 'grant', username)).toMatchObject({ scopes: [] });
    for (const admin of one) {
      expect(problemOf(await admin.send('GET', '/v1/audit')).code).toBe('token_revoked');
    }
    const again = await sendForAdminToken(business, tokens.accessToken, 'audit:read');
    expect(problemOf(again).code).toBe('invalid_scope');
  });

  test('grant gives no scope that there is not, and the operator’s to people of default only', async () => {
    const { username } = await newPerson(setting().web);
    await shell.json('apps', 'create', 'tenant');
    await shell.register('tenants-admin', PASSWORD, '--app', 'tenant');
    const refused = [
      [username, 'everything'],
      [username, 'keys:read', 'im:connect'],
      [username, ''],
      ['tenants-admin', 'keys:write', '--app', 'tenant'],
      ['tenants-admin', 'im:tokens:mint', 'apps:write', '--app', 'tenant'],
    ];
    for (const words of refused) {
      const { code, stdout, stderr } = await shell.run('accounts', 'grant', ...words);
      expect([code, stdout], words.join(' ')).toEqual([1, '']);
      expect(stderr).toContain('scopes must be some of');
    }
    const may = ['tenants-admin', 'im:tokens:mint', '--app', 'tenant'];
    expect(await shell.json('accounts', 'grant', ...may)).toMatchObject({
      scopes: ['im:tokens:mint'],
    });
  });

  test(
    'dangerous calls want the person proven lately: by stepping up',
    { timeout: 30_000 },
    async () => {
      const business = setting();
      const { web } = business;
      const { tokens } = await granted('apps:write', 'keys:write');
      const scope = 'apps:write keys:write';
      await untilStale();
      const stale = await operatorInPerson(business, tokens.accessToken, scope);
      for (const admin of stale) {
        // What is not dangerous goes on.
        expect((await admin.send('GET', '/v1/apps')).status).toBe(200);
        for (const [method, path, body] of DANGEROUS) {
          const answer = await admin.send(method, path, body);
          expect(problemOf(answer), path).toMatchObject({
            status: 401,
            code: 'insufficient_user_authentication',
          });
          expect(answer.headers['www-authenticate'], path).toContain(`max_age=${MAX_AGE_SECONDS}`);
        }
      }

      const proven = await web.stepUp(tokens.accessToken, { password: PASSWORD });

      for (const admin of await operatorInPerson(business, proven, scope)) {
        const made = await admin.send('POST', '/v1/apps/default/clients', { type: 'public' });
        expect(made.status).toBe(201);
        const { clientId } = made.json<{ clientId: string }>();
        const audit = await setting().operators[0]!.send('GET', `/v1/audit?subject=${clientId}`);
        expect(audit.json()).toMatchObject({
          events: [{ type: 'client.created', actor: tokens.userId }],
        });
      }
    },
  );

  test('of who has a second factor a password alone makes nothing dangerous', async () => {
    const business = setting();
    const { web } = business;
    const { username, tokens } = await granted('apps:write');
    // This session began with the password, and so it stays.
    const { app } = await addTotp(web, tokens);
    const body = { type: 'public' };

    const byPassword = await web.stepUp(tokens.accessToken, { password: PASSWORD });
    for (const accessToken of [tokens.accessToken, byPassword]) {
      const [weak] = await operatorInPerson(business, accessToken, 'apps:write');
      const refused = await weak!.send('POST', '/v1/apps/default/clients', body);
      expect(problemOf(refused).code).toBe('insufficient_user_authentication');
      expect((await weak!.send('GET', '/v1/apps')).status).toBe(200);
    }

    const { mfaToken } = await web.firstStep({ username, password: PASSWORD });
    const strong = await web.secondStep(mfaToken, await app.next());
    const byCode = await web.stepUp(tokens.accessToken, { code: await app.next() });
    for (const accessToken of [strong.accessToken, byCode]) {
      const [admin] = await operatorInPerson(business, accessToken, 'apps:write');
      expect((await admin!.send('POST', '/v1/apps/default/clients', body)).status).toBe(201);
    }
  });

  test('an admin token of a person is none of OpenIM’s admins’', async () => {
    const business = setting();
    const { tokens } = await granted('im:tokens:mint', 'im:users:read');
    const [admin] = await operatorInPerson(business, tokens.accessToken, 'im:users:read');
    const [im] = business.im;
    expect((await im!.getUserToken(admin?.token ?? '', 'somebody')).errCode).toBe(1002);
  });

  test('it is not taken for an access token, nor does it get another one', async () => {
    const business = setting();
    const { tokens } = await granted('im:users:read');
    const [admin] = await operatorInPerson(business, tokens.accessToken, 'im:users:read');
    const asked = await sendForAdminToken(business, admin?.token ?? '', 'im:users:read');
    expect(asked.status).toBe(401);
    const asPerson = new NativeClient(business.web.url, tokens.accessToken);
    expect((await asPerson.send('GET', '/v1/im/users/x')).status).toBe(401);
  });
}

/** What the brokers of this folder are set to. */
export const MAX_AGE_SECONDS = 4;

const DANGEROUS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['POST', '/v1/apps', { id: 'never-made' }],
  ['POST', '/v1/apps/default/secrets'],
  ['DELETE', '/v1/apps/default/secrets/sec_x'],
  ['POST', '/v1/apps/default/clients', { type: 'public' }],
  ['POST', '/v1/apps/default/clients/web/secrets'],
  ['DELETE', '/v1/apps/default/clients/web'],
  ['POST', '/v1/apps/default/trusted-issuers', {}],
  ['DELETE', '/v1/apps/default/trusted-issuers/iss_x'],
  ['POST', '/v1/keys/rotate'],
  ['POST', '/v1/keys/some-key/revoke', { reason: 'x' }],
];

/** Nothing but time makes a proof old. */
function untilStale(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, (MAX_AGE_SECONDS + 2) * 1000));
}
