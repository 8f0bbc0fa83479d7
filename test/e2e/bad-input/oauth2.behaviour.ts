import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answer, send } from '../../support/broker-http.js';
import { adminToken, type OAuthError } from '../../support/broker-oauth2.js';
import type { BadSetting } from './bad-setting.js';
import { expectNoInnerText } from './expect-clean.js';

const FORM = 'application/x-www-form-urlencoded';

export function oauth2Behaviour(setting: BadSetting): void {
  const post = (body: unknown, type = FORM): Promise<Answer> => {
    const { fleet } = setting();
    const basic = Buffer.from(`default:${fleet.appSecret}`).toString('base64');
    const headers = { 'Content-Type': type, Authorization: `Basic ${basic}` };
    return send(`${fleet.first.url}/oauth2/token`, { headers, body });
  };

  test.each([
    ['nothing', '', FORM, 400],
    ['no grant', 'scope=im:connect', FORM, 400],
    ['two grants', 'grant_type=client_credentials&grant_type=password', FORM, 400],
    ['two scopes', 'grant_type=client_credentials&scope=a&scope=b', FORM, 400],
    ['a scope without end', `grant_type=client_credentials&scope=${'s'.repeat(2000)}`, FORM, 400],
    ['a broken percent', 'grant_type=%E0%A4%A', FORM, 400],
    ['a NUL', 'grant_type=%00', FORM, 400],
    [
      'a thousand parameters',
      Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&'),
      FORM,
      400,
    ],
    ['__proto__', '__proto__[grant_type]=client_credentials', FORM, 400],
    ['XML', '<grant/>', 'application/xml', 415],
    ['a broken JSON', '{', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['ten megabytes', `grant_type=${'a'.repeat(10_000_000)}`, FORM, 413],
  ])('refuses %s as RFC 6749 has it', async (_what, body, type, status) => {
    const answer = await post(body, type);
    const error = answer.json<OAuthError>();

    expectNoInnerText(answer);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(['invalid_request', 'unsupported_grant_type']).toContain(error.error);
    // RFC 6749 §5.2: what a description may be made of.
    expect(error.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test('an id or a secret can be anything, and is no more than wrong', async () => {
    const { fleet } = setting();
    const words = fc.string({ unit: 'binary', maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(words, words, async (id, secret) => {
        const basic = Buffer.from(`${id}:${secret}`, 'utf8').toString('base64');
        const answer = await send(`${fleet.first.url}/oauth2/token`, {
          headers: { 'Content-Type': FORM, Authorization: `Basic ${basic}` },
          body: 'grant_type=client_credentials',
        });

        expect(answer.status).toBe(401);
        expect(answer.json<OAuthError>().error).toBe('invalid_client');
      }),
      { numRuns: 40 },
    );
    await expect(adminToken(fleet.first.url, fleet.appSecret)).resolves.toMatch(/^ey/);
  });
}
