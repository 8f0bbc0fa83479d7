import { beforeAll, expect, test } from 'vitest';
import { BusinessClient } from '../../support/broker-business.js';
import { type Answer, send } from '../../support/broker-http.js';
import { DpopKey } from '../../support/dpop-key.js';
import { asOperator } from '../../support/operator.js';
import { codesOf, type BusinessSetting, newPerson } from './business-setting.js';
import { SINGLE } from './step-up.behaviour.js';

/** RFC 7662 and RFC 7009, of business tokens. */
export function oauth2Behaviour(setting: BusinessSetting): void {
  const call = (
    path: 'introspect' | 'revoke',
    fields: Readonly<Record<string, string>>,
    secretOf?: readonly [appId: string, secret: string],
  ): Promise<Answer> => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const basic = Buffer.from(secretOf?.join(':') ?? '').toString('base64');
    return send(`${setting().fleet.other.url}/oauth2/${path}`, {
      headers: secretOf === undefined ? headers : { ...headers, Authorization: `Basic ${basic}` },
      body: new URLSearchParams(fields).toString(),
    });
  };
  const app = () => ['default', setting().fleet.appSecret] as const;

  let neighbour: readonly [appId: string, secret: string];
  beforeAll(async () => {
    const { fleet, operators } = setting();
    const { secret } = await operators[0]!.createApp('onlooker');
    neighbour = ['onlooker', secret.secret];
    await asOperator(fleet, ({ clients }) =>
      clients.create('default', { id: 'other-page', type: 'public' }, 'test'),
    );
  });

  test('one in Basic and another in the form is neither', async () => {
    const { tokens } = await newPerson(setting().web);
    const fields = { token: tokens.accessToken, client_id: 'web' };
    for (const path of ['introspect', 'revoke'] as const) {
      const answer = await call(path, fields, app());
      expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    }
    const same = { token: tokens.accessToken, client_id: 'default' };
    expect((await call('introspect', same, app())).json()).toMatchObject({ active: true });
  });

  test('a token that works is told to its app with what it says, another one is not', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    const next = await web.refresh(tokens.refreshToken);
    const of = { client_id: 'web', sub: tokens.userId, sid: tokens.sessionId };

    const access = await call('introspect', { token: tokens.accessToken }, app());
    expect(access.json()).toMatchObject({
      ...{ active: true, token_type: 'Bearer', acr: SINGLE, ...of },
      aud: 'urn:countersign:business:default',
    });
    const refresh = await call('introspect', { token: next.refreshToken }, app());
    expect(refresh.json()).toMatchObject({ active: true, ...of });
    expect(refresh.text).not.toContain('csr_');

    const spent = await call('introspect', { token: tokens.refreshToken }, app());
    const foreign = await call('introspect', { token: next.accessToken }, neighbour);
    await web.logOut(next.accessToken);
    const ended = await call('introspect', { token: next.accessToken }, app());
    const endedRefresh = await call('introspect', { token: next.refreshToken }, app());
    for (const answer of [spent, foreign, ended, endedRefresh]) {
      expect(answer.text).toBe('{"active":false}');
    }
  });

  test('introspection ends nothing, and names the key of a bound token', async () => {
    const { web } = setting();
    const key = await DpopKey.make();
    const bound = new BusinessClient(web.url, { ...web.options, key });
    const { tokens } = await newPerson(bound);
    const next = await bound.refresh(tokens.refreshToken);

    for (const token of [tokens.refreshToken, next.refreshToken, next.accessToken]) {
      await call('introspect', { token }, app());
    }
    const access = await call('introspect', { token: next.accessToken }, app());

    expect(access.json()).toMatchObject({ token_type: 'DPoP', cnf: { jkt: key.jkt } });
    expect((await bound.sendRefresh(next.refreshToken)).status).toBe(200);
  });

  test.each(['accessToken', 'refreshToken'] as const)(
    'a client ends its session by its %s, and what was born from it',
    async (kind) => {
      const business = setting();
      const { web } = business;
      const { tokens } = await newPerson(web);
      const { token } = await web.exchange(tokens.accessToken);

      for (let n = 0; n < 2; n += 1) {
        const answer = await call('revoke', { token: tokens[kind], client_id: 'web' });
        expect([answer.status, answer.text]).toEqual([200, '']);
      }

      expect(await codesOf(business, token)).toEqual([1506]);
      expect((await web.sendRefresh(tokens.refreshToken)).status).toBe(401);
    },
  );

  test('so does its app; nobody else does, and is answered alike', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(web);
    for (const token of [tokens.accessToken, tokens.refreshToken]) {
      const answers = [
        await call('revoke', { token, client_id: 'other-page' }),
        await call('revoke', { token }, neighbour),
      ];
      for (const answer of answers) expect([answer.status, answer.text]).toEqual([200, '']);
    }
    const [id, session, secret] = tokens.refreshToken.split('.');
    const forged = [id, session, secret, 'A'.repeat(22)].join('.');
    expect((await call('revoke', { token: forged, client_id: 'web' })).status).toBe(200);
    expect(await web.sessions(tokens.accessToken)).toHaveLength(1);

    expect((await call('revoke', { token: tokens.refreshToken }, app())).status).toBe(200);
    expect((await web.sendRefresh(tokens.refreshToken)).status).toBe(401);
  });

  test('a client ends no user token and no admin token', async () => {
    const business = setting();
    const { web } = business;
    const { tokens } = await newPerson(web);
    const { token } = await web.exchange(tokens.accessToken);
    await call('revoke', { token, client_id: 'web' });
    expect(await codesOf(business, token)).toEqual([0]);
    const unknown = await call('revoke', { token, client_id: 'nobody' });
    expect(unknown.json()).toMatchObject({ error: 'invalid_client' });
    const nothing = await call('introspect', { token, client_id: 'web' });
    expect(nothing.status).toBe(401);
  });
}
