import { beforeAll, describe, expect, test } from 'vitest';
import { type ExchangedToken, PASSWORD, type Tokens } from '../../support/broker-business.js';
import { problemOf } from '../../support/broker-native.js';
import { type BusinessSetting, newPerson } from './business-setting.js';

interface Exchanged {
  readonly scope: string;
}

const REACHED_FOR = ['im:tokens:mint', 'moderator', 'im:connect moderator', 'IM:connect'];

/** What may be asked for when a business access token is exchanged (RFC 8693 §2.1). */
export function exchangeBehaviour(setting: BusinessSetting): void {
  let tokens: Tokens;
  beforeAll(async () => {
    ({ tokens } = await newPerson(setting().web));
  });

  const asApp = () => {
    const secret = Buffer.from(`default:${setting().fleet.appSecret}`).toString('base64');
    return { Authorization: `Basic ${secret}` };
  };
  const exchange = (more: Readonly<Record<string, string>>, headers?: Record<string, string>) =>
    setting().web.grantExchange(tokens.accessToken, headers, more);

  describe('scope', () => {
    test.each(REACHED_FOR)('a person does not get %s', async (scope) => {
      const { web } = setting();
      const body = { platformId: 1, scope };
      const native = await web.send('POST', '/v1/me/im-token', body, tokens.accessToken);
      expect(problemOf(native)).toMatchObject({ status: 400, code: 'invalid_scope' });
      const answer = await exchange({ scope });
      expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_scope' }]);
    });

    test('but can do with less than usual', async () => {
      const answer = await exchange({ scope: 'im:connect' });
      expect(answer.json<Exchanged>().scope).toBe('im:connect');
      const usual = await exchange({});
      expect(usual.json<Exchanged>().scope).toBe('im:connect im:renew');
    });

    test('the app, by its secret, can name words for its verifiers', async () => {
      const answer = await exchange({ scope: 'im:connect moderator' }, asApp());
      expect(answer.json<Exchanged>().scope).toBe('im:connect moderator');
    });

    test.each(['two  spaces', ' before', 'quoted"word', ''])('%j is none', async (scope) => {
      const answer = await exchange({ scope }, asApp());
      expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_scope' }]);
    });
  });

  test('a user token is of the device that logged in, unless another is named', async () => {
    const { web, elsewhere } = setting();
    const { username } = await newPerson(web);
    const { accessToken } = await web.logIn({ username, password: PASSWORD, deviceId: 'phone' });

    expect((await web.exchange(accessToken, 1)).deviceId).toBe('phone');
    expect((await elsewhere.exchange(accessToken, 2, 'tablet')).deviceId).toBe('tablet');
    const answer = await elsewhere.grantExchange(accessToken, undefined, { platform_id: '5' });
    const [operator] = setting().operators;
    const { access_token: token } = answer.json<ExchangedToken>();
    expect(await operator!.inspect(token)).toMatchObject({ platformId: 5, deviceId: 'phone' });
  });

  test.each([
    { audience: 'another' },
    { resource: 'https://chat.example' },
    { audience: 'default', resource: 'https://chat.example' },
  ])('a token for %j is not to be had', async (target) => {
    const answer = await exchange(target);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_target' }]);
  });

  test('one for the app is', async () => {
    expect((await exchange({ audience: 'default' })).status).toBe(200);
  });

  test.each(['actor_token', 'actor_token_type'])('%s is refused', async (name) => {
    const answer = await exchange({ [name]: 'urn:ietf:params:oauth:token-type:jwt' });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });
}
