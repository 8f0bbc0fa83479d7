import { expect, test } from 'vitest';
import { send } from '../../support/broker-http.js';
import { type KeysSetting, operatorOf } from './keys-setting.js';

interface Jwks {
  readonly keys: readonly Readonly<Record<string, string>>[];
}

export function jwksBehaviour(setting: KeysSetting): void {
  const fetchJwks = (headers: Record<string, string> = {}) =>
    send(`${setting().other.url}/.well-known/jwks.json`, { method: 'GET', headers });

  test('the JWKS holds the upcoming and the active key, and nothing private', async () => {
    const operator = await operatorOf(setting());
    await operator.createApp('hmac-in-jwks', { algorithm: 'HS256' });
    const shown = await operator.keys('shared');
    const good = shown.filter(({ state }) => !['revoked', 'removed'].includes(state));
    const { keys } = (await fetchJwks()).json<Jwks>();

    expect(keys.map(({ kid }) => kid).toSorted()).toEqual(good.map(({ id }) => id).toSorted());
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
      expect(key).not.toHaveProperty('d');
    }
  });

  test('it may be cached for a minute, and is not sent again to who has it', async () => {
    const first = await fetchJwks();
    const tag = first.headers.etag ?? '';

    expect(first.headers['cache-control']).toBe('public, max-age=60');
    expect(tag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await fetchJwks({ 'If-None-Match': known });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', tag]);
    }
    expect((await fetchJwks({ 'If-None-Match': '"other"' })).status).toBe(200);
  });

  test('every broker gives it the same tag, and another one when it has changed', async () => {
    const { first, other } = setting();
    const tagAt = async (url: string) =>
      (await send(`${url}/.well-known/jwks.json`, { method: 'GET' })).headers.etag;
    const before = await tagAt(first.url);
    expect(await tagAt(other.url)).toBe(before);

    await (await operatorOf(setting())).rotateKeys({ force: true });
    expect(await tagAt(first.url)).not.toBe(before);
  });

  test('the metadata names it', async () => {
    const { first, issuer } = setting();
    const path = '/.well-known/oauth-authorization-server';
    const metadata = (await send(first.url + path, { method: 'GET' })).json<{ jwks_uri: string }>();

    expect(metadata.jwks_uri).toBe(`${issuer}/.well-known/jwks.json`);
  });
}
