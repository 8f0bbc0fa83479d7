import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey, publishKey } from '../../../src/keys/generate-key.js';
import { jwkThumbprint } from '../../../src/keys/jwk-thumbprint.js';
import { unsealPrivateKey } from '../../../src/keys/sealed-key.js';
import { entropy, newMasterKey } from './key-fixtures.js';

describe('a JWK thumbprint', () => {
  it('is that of the example in RFC 7638 §3.1, in whatever order the members stand', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
    expect(jwkThumbprint({ e: 'AQAB', kty: 'RSA', n })).toBe(thumbprint);
    expect(jwkThumbprint({ n, kty: 'RSA', e: 'AQAB' })).toBe(thumbprint);
  });
});

describe('a new ES256 key', () => {
  it('has its thumbprint as kid, as jose computes it, and a public JWK without private members', async () => {
    const key = await generateKey('shared', newMasterKey(), entropy);
    const jwk = JSON.parse(key.publicJwk) as Record<string, string>;
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(key.id).toBe(await calculateJwkThumbprint(jwk));
    expect(key).toMatchObject({ ring: 'shared', algorithm: 'ES256' });
  });
});

describe('a new HS256 key', () => {
  it('is 32 random bytes, has an id that says nothing of them, and no public part', async () => {
    const masterKey = newMasterKey();
    const [one, other] = await Promise.all([
      generateKey('app:acme', masterKey, entropy),
      generateKey('app:acme', masterKey, entropy),
    ]);
    expect(one).toMatchObject({ ring: 'app:acme', algorithm: 'HS256', publicJwk: '' });
    expect(one.id).not.toBe(other.id);
    const secret = await unsealPrivateKey(one.sealedPrivate, one, masterKey);
    expect(secret.length).toBe(32);
    expect(secret.equals(Buffer.alloc(32))).toBe(false);
    expect(secret.equals(await unsealPrivateKey(other.sealedPrivate, other, masterKey))).toBe(
      false,
    );
  });
});

describe('a published key', () => {
  it('signs from the start or is upcoming', async () => {
    const key = await generateKey('shared', newMasterKey(), entropy);
    const unset = {
      retiredAt: null,
      revokedAt: null,
      revokedBy: null,
      revokedReason: null,
      removedAt: null,
      signsUntil: 7,
    };
    expect(publishKey(key, 'active', 7)).toEqual({
      ...key,
      ...unset,
      publishedAt: 7,
      activatedAt: 7,
    });
    expect(publishKey(key, 'upcoming', 7)).toEqual({
      ...key,
      ...unset,
      publishedAt: 7,
      activatedAt: null,
    });
  });
});
