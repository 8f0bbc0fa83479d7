import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { BusinessClient, NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { type Answer, send } from '../../support/broker-http.js';
import { problemOf } from '../../support/broker-native.js';
import { DpopKey, type ProvenRequest } from '../../support/dpop-key.js';
import { asOperator } from '../../support/operator.js';
import { claimsOf } from '../native/claims-of.js';
import { addTotp, type BusinessSetting, codesOf, newPerson } from './business-setting.js';

export function dpopBehaviour(setting: BusinessSetting): void {
  let key: DpopKey;
  let thief: DpopKey;
  let bound: BusinessClient;
  beforeAll(async () => {
    const { web } = setting();
    [key, thief] = await Promise.all([DpopKey.make(), DpopKey.make()]);
    bound = new BusinessClient(web.url, { ...web.options, key });
  });

  const withKey = (other: DpopKey | undefined): BusinessClient => {
    const { web } = setting();
    return other === undefined ? web : new BusinessClient(web.url, { ...web.options, key: other });
  };

  /** `GET /v1/auth/sessions` with a proof that is right but for what is given. */
  const list = async (
    accessToken: string,
    changes: Partial<ProvenRequest> & { scheme?: string; by?: DpopKey; url?: string } = {},
  ): Promise<Answer> => {
    const { fleet, web } = setting();
    const { scheme = 'DPoP', by = key, ...proven } = changes;
    const path = '/v1/auth/sessions';
    const request = { method: 'GET', url: fleet.issuer + path, accessToken, ...proven };
    const headers = { DPoP: await by.proof(request), Authorization: `${scheme} ${accessToken}` };
    return send(web.url + path, { method: 'GET', headers });
  };

  test('tokens of a client that sends a proof are bound to its key', async () => {
    const { elsewhere } = setting();
    const { tokens } = await newPerson(bound);

    expect(tokens.tokenType).toBe('DPoP');
    expect(claimsOf(tokens.accessToken)).toMatchObject({ cnf: { jkt: key.jkt } });
    const away = bound.at(elsewhere.url);
    const { token } = await away.exchange(tokens.accessToken);
    expect(await codesOf(setting(), token)).toEqual([0]);
    const next = await away.refresh(tokens.refreshToken);
    expect(next.tokenType).toBe('DPoP');
    expect(claimsOf(next.accessToken)).toMatchObject({ cnf: { jkt: key.jkt } });
    expect((await bound.refresh(tokens.refreshToken)).accessToken).toBe(next.accessToken);
    const fresh = await bound.stepUp(next.accessToken, { password: PASSWORD });
    expect(claimsOf(fresh)).toMatchObject({ cnf: { jkt: key.jkt } });
    const changed = await bound.changePassword(fresh, PASSWORD, NEW_PASSWORD);
    expect(claimsOf(changed.accessToken)).toMatchObject({ cnf: { jkt: key.jkt } });
    expect((await away.logOutAll(changed.accessToken)).status).toBe(204);
  });

  test('who shows a bound token is challenged in its scheme', async () => {
    const { web } = setting();
    const { tokens } = await newPerson(bound);
    await addTotp(bound, tokens);
    const weak = await bound.logOutAll(tokens.accessToken);
    const algs = 'algs="ES256 ES384 Ed25519 EdDSA PS256 RS256"';
    expect(weak.headers['www-authenticate']).toMatch(
      new RegExp(`^DPoP ${algs}, error="insufficient_user_authentication", .*max_age=\\d+`),
    );
    await bound.logOut(tokens.accessToken);
    const ended = await bound.sendExchange(tokens.accessToken);
    expect(ended.headers['www-authenticate']).toContain(`DPoP ${algs}, error="invalid_token"`);
    const unproven = await web.sendExchange(tokens.accessToken);
    expect(unproven.headers['www-authenticate']).toContain(`DPoP ${algs}, error="invalid_dpop`);
  });

  test('stolen, an access token is of no use: without a proof, or with another key’s', async () => {
    const { fleet, elsewhere } = setting();
    const { accessToken } = (await newPerson(bound)).tokens;
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    for (const without of [withKey(undefined), withKey(thief), elsewhere]) {
      const answers = [
        await without.sendExchange(accessToken),
        await without.send('GET', '/v1/auth/sessions', undefined, accessToken),
        await without.logOut(accessToken),
        await without.sendStepUp(accessToken, { password: PASSWORD }),
      ];
      for (const answer of answers) {
        expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
        expect(answer.headers['www-authenticate']).toMatch(/^DPoP /);
      }
      const exchange = await without.grantExchange(accessToken);
      expect(exchange.status).toBeGreaterThanOrEqual(400);
      expect(exchange.json()).toMatchObject({ error: 'invalid_dpop_proof' });
      const bySecret = await without.grantExchange(accessToken, {
        Authorization: `Basic ${basic}`,
      });
      expect(bySecret.json()).toMatchObject({ error: 'invalid_dpop_proof' });
    }
    expect(await bound.sessions(accessToken)).toHaveLength(1);
  });

  test('stolen, a refresh token is of no use, spent or not, and its session lives on', async () => {
    const { elsewhere } = setting();
    const { tokens } = await newPerson(bound);
    const next = await bound.refresh(tokens.refreshToken);
    for (const { refreshToken } of [tokens, next]) {
      for (const without of [withKey(undefined), withKey(thief), elsewhere]) {
        const answer = await without.sendRefresh(refreshToken);
        expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
        const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
        expect((await without.grant(grant)).json()).toMatchObject({ error: 'invalid_dpop_proof' });
      }
    }
    expect((await bound.sendRefresh(next.refreshToken)).status).toBe(200);
  });

  test.each<[string, Parameters<typeof list>[1]]>([
    ['for another method', { method: 'POST' }],
    ['for another call', { url: 'http://127.0.0.1/v1/auth/logout' }],
    ['for another access token', { accessToken: 'a.b.c' }],
    ['made ten minutes ago', { iat: Math.floor(Date.now() / 1000) - 600 }],
    ['made in ten minutes', { iat: Math.floor(Date.now() / 1000) + 600 }],
    ['without an id', { jti: '' }],
    ['with an endless id', { jti: 'x'.repeat(5000) }],
  ])('a proof %s is refused', async (_, changes) => {
    const { accessToken } = (await newPerson(bound)).tokens;
    expect((await list(accessToken)).status).toBe(200);
    const answer = await list(accessToken, changes);
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
  });

  test('a proof is taken once, over all brokers, however many show it at once', async () => {
    const { fleet } = setting();
    const { accessToken } = (await newPerson(bound)).tokens;
    const path = '/v1/auth/sessions';
    const proof = await key.proof({ method: 'GET', url: fleet.issuer + path, accessToken });
    const headers = { DPoP: proof, Authorization: `DPoP ${accessToken}` };

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const broker = fleet.brokers[n % fleet.brokers.length]!;
        return send(broker.url + path, { method: 'GET', headers });
      }),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200).map(problemOf);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['invalid_dpop_proof']));
  });

  test('a bound token is not taken for a Bearer token, nor the other way round', async () => {
    const { web } = setting();
    const { accessToken } = (await newPerson(bound)).tokens;
    const asBearer = await list(accessToken, { scheme: 'Bearer' });
    expect(problemOf(asBearer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    const free = (await newPerson(web)).tokens;
    const asBound = await list(free.accessToken, { scheme: 'DPoP' });
    expect(problemOf(asBound)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
  });

  test('a proof that comes with a token that does not work is not remembered', async () => {
    const { accessToken } = (await newPerson(bound)).tokens;
    const jti = randomUUID();
    const [bearer, right] = [{ scheme: 'Bearer', jti }, { jti }];
    expect((await list(accessToken, bearer)).status).toBe(401);
    expect((await list(accessToken, right)).status).toBe(200);
    expect(problemOf(await list(accessToken, right))).toMatchObject({
      code: 'invalid_dpop_proof',
      detail: expect.stringContaining('used before') as string,
    });
  });

  test('two proofs, or what is none, are refused', async () => {
    const { fleet, web } = setting();
    const { accessToken } = (await newPerson(bound)).tokens;
    const path = '/v1/auth/sessions';
    const proof = () => key.proof({ method: 'GET', url: fleet.issuer + path, accessToken });
    for (const shown of [`${await proof()}, ${await proof()}`, '', 'x', 'a.b.c', accessToken]) {
      const headers = { DPoP: shown, Authorization: `DPoP ${accessToken}` };
      const answer = await send(web.url + path, { method: 'GET', headers });
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    }
  });

  test('both steps of a login want the same key', async () => {
    const { username, tokens } = await newPerson(bound);
    const { app } = await addTotp(bound, tokens);
    const { mfaToken } = await bound.firstStep({ username, password: PASSWORD });
    for (const other of [undefined, thief]) {
      const answer = await withKey(other).sendSecondStep(mfaToken, await app.next());
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    }
    const finished = await bound.secondStep(mfaToken, app.last);
    expect(claimsOf(finished.accessToken)).toMatchObject({ cnf: { jkt: key.jkt } });
  });

  test('a client that must send proofs gets nothing without', async () => {
    const { fleet, web } = setting();
    await asOperator(fleet, ({ clients }) =>
      clients.create('default', { id: 'careful', type: 'public', requiresDpop: true }, 'test'),
    );
    const without = new BusinessClient(web.url, { ...web.options, clientId: 'careful' });
    const careful = new BusinessClient(web.url, { ...web.options, clientId: 'careful', key });
    const { username, tokens } = await newPerson(careful);

    const login = await without.sendLogin({ username, password: PASSWORD });
    expect(problemOf(login)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    expect(problemOf(await without.sendRefresh(tokens.refreshToken)).code).toBe(
      'invalid_dpop_proof',
    );
    expect((await careful.sendRefresh(tokens.refreshToken)).status).toBe(200);
  });
}
