import { expect, test } from 'vitest';
import { problemOf } from '../../support/broker-native.js';
import { type ClientsSetting, issuerNamed, issuersOf, newIssuer } from './clients-setting.js';

const PATH = '/v1/apps/default/trusted-issuers';

export function trustedIssuersBehaviour(setting: ClientsSetting): void {
  test('an issuer is shown as it was added, with what it did not say filled in', async () => {
    const { first, other } = setting();
    const made = await newIssuer(first, issuerNamed('acme'));

    expect(made).toEqual({
      ...{ ...issuerNamed('acme'), appId: 'default' },
      ...{ userIdClaim: 'sub', userIdTemplate: '{name}/{id}', removedAt: null },
      id: expect.stringMatching(/^iss_/) as string,
      createdAt: expect.stringMatching(/^20/) as string,
    });
    expect(await issuersOf(other)).toContainEqual(made);
  });

  test('it may say which claim counts, and how a user id is made of it', async () => {
    const { first } = setting();
    const chosen = {
      userIdClaim: 'https://acme.example/staff',
      userIdTemplate: '{name}.staff/{id}',
    };
    const made = await newIssuer(first, { ...issuerNamed('chosen'), ...chosen });
    expect(made).toMatchObject(chosen);
  });

  test('one that may name any user is trusted only by somebody who says so', async () => {
    const { first } = setting();
    const body = { ...issuerNamed('any'), userIdTemplate: '{id}' };
    for (const mayNameAnyUser of [undefined, false]) {
      const answer = await first.send('POST', PATH, { ...body, mayNameAnyUser });
      const problem = problemOf(answer);
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problem.detail).toContain('mayNameAnyUser');
    }
    const made = await newIssuer(first, { ...body, mayNameAnyUser: true });
    expect(made.userIdTemplate).toBe('{id}');
  });

  test('one on this machine may be without TLS', async () => {
    const { first } = setting();
    const hosts = ['localhost:9', '127.0.0.1:9', '[::1]:9'];
    for (const [n, host] of hosts.entries()) {
      const urls = { issuer: `http://${host}`, jwksUrl: `http://${host}/jwks` };
      expect(await newIssuer(first, { ...issuerNamed(`local-${n}`), ...urls })).toMatchObject(urls);
    }
  });

  test('a name is of one issuer, and an issuer is trusted once for an audience', async () => {
    const { first, other } = setting();
    await newIssuer(first, issuerNamed('single'));
    const { name, ...others } = issuerNamed('single');
    for (const body of [
      { ...issuerNamed('another'), name },
      { name: 'renamed', ...others },
    ]) {
      const answer = await other.send('POST', PATH, body);
      expect(problemOf(answer)).toMatchObject({ status: 409, code: 'trusted_issuer_exists' });
    }
    const elsewhere = { name: 'renamed', ...others, audience: 'another' };
    expect(await newIssuer(other, elsewhere)).toMatchObject(elsewhere);
    expect(await newIssuer(other, issuerNamed('single'), 'tenant')).toMatchObject({
      appId: 'tenant',
    });
  });

  test('one that was removed stays listed, and its name is free', async () => {
    const { first, other } = setting();
    const { id } = await newIssuer(first, issuerNamed('former'));
    for (const operator of [first, other]) {
      expect((await operator.send('DELETE', `${PATH}/${id}`)).status).toBe(204);
    }
    const again = await newIssuer(other, issuerNamed('former'));

    const found = (await issuersOf(other)).filter(({ name }) => name === 'former');
    expect(found).toHaveLength(2);
    expect(found).toContainEqual(again);
    expect(found.find((row) => row.id === id)?.removedAt).toMatch(/^20/);
  });

  test('what is not there is not removed', async () => {
    const { first } = setting();
    for (const id of ['iss_unknown', '__proto__', 'acme']) {
      const answer = await first.send('DELETE', `${PATH}/${id}`);
      expect(problemOf(answer)).toMatchObject({ status: 404, code: 'trusted_issuer_unknown' });
    }
  });
}
