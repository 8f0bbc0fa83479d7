import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyView } from '../../../src/keys/key-view.js';
import { parseJws } from '../../../src/keys/parse-jws.js';
import { unsealPrivateKey } from '../../../src/keys/sealed-key.js';
import { verifySignature } from '../../../src/keys/verification-key.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';
import { accepts, CLAIMS, newMasterKey, segment, TYPE, viewOf, wholeRing } from './key-fixtures.js';

let view: KeyView;
let shared: KeyRow[];
let acme: KeyRow[];
let globex: KeyRow[];

beforeAll(async () => {
  const masterKey = newMasterKey();
  [shared, acme, globex] = await Promise.all([
    wholeRing('shared', masterKey),
    wholeRing('app:acme', masterKey),
    wholeRing('app:globex', masterKey),
  ]);
  view = await viewOf([...shared, ...acme, ...globex], masterKey);
});

function idOf(rows: readonly KeyRow[]): string {
  return rows[0]?.id ?? '';
}

function unsigned(header: object): string {
  return `${segment({ typ: TYPE, ...header })}.${segment(CLAIMS)}`;
}

function hmac(input: string, secret: string | Buffer, hash = 'sha256'): string {
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

function ecSigned(
  input: string,
  key: KeyObject,
  dsaEncoding: 'ieee-p1363' | 'der',
  hash = 'sha256',
): string {
  return `${input}.${sign(hash, Buffer.from(input), { key, dsaEncoding }).toString('base64url')}`;
}

describe('a token that we signed', () => {
  it.each(['shared', 'app:acme', 'app:globex'])('with the ring %s verifies', async (ring) => {
    expect(accepts(view, await view.signer(ring).sign(TYPE, CLAIMS))).toBe(true);
  });

  it('is not accepted with its signature under another key of the same ring', async () => {
    const [active, upcoming] = shared;
    const parsed = parseJws(await view.signer('shared').sign(TYPE, CLAIMS));
    const [rightKey, otherKey] = [
      view.verifier(active?.id ?? ''),
      view.verifier(upcoming?.id ?? ''),
    ];
    if (!parsed || !rightKey || !otherKey) throw new Error('The ring is not whole.');
    expect(verifySignature(parsed, rightKey)).toBe(true);
    expect(verifySignature(parsed, otherKey)).toBe(false);
    // Nor when the caller looked the key up under a name that the key hasn't.
    expect(verifySignature(parsed, { ...rightKey, id: otherKey.id })).toBe(false);
  });
});

describe('a token that names', () => {
  const swapped = async (ring: string, header: object): Promise<string> => {
    const [, claims, signature] = (await view.signer(ring).sign(TYPE, CLAIMS)).split('.');
    return `${segment({ typ: TYPE, ...header })}.${claims}.${signature}`;
  };

  it('a key that nobody knows is refused', async () => {
    expect(accepts(view, await swapped('shared', { alg: 'ES256', kid: 'nobody' }))).toBe(false);
  });

  it('another key of its ring than the one that signed is refused', async () => {
    expect(accepts(view, await swapped('shared', { alg: 'ES256', kid: shared[1]?.id }))).toBe(
      false,
    );
    expect(accepts(view, await swapped('app:acme', { alg: 'HS256', kid: acme[1]?.id }))).toBe(
      false,
    );
  });

  it('another app’s key is refused', async () => {
    expect(accepts(view, await swapped('app:acme', { alg: 'HS256', kid: idOf(globex) }))).toBe(
      false,
    );
  });

  it('a key of the other algorithm is refused, whatever alg it claims', async () => {
    for (const alg of ['ES256', 'HS256']) {
      expect(accepts(view, await swapped('shared', { alg, kid: idOf(acme) }))).toBe(false);
      expect(accepts(view, await swapped('app:acme', { alg, kid: idOf(shared) }))).toBe(false);
    }
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('the kid %j is refused', async (kid) => {
    expect(accepts(view, await swapped('shared', { alg: 'ES256', kid }))).toBe(false);
  });
});

describe('alg', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    '%j is refused with any signature or none',
    (alg) => {
      for (const kid of [idOf(shared), idOf(acme)]) {
        const input = unsigned({ alg, kid });
        expect(accepts(view, `${input}.`)).toBe(false);
        expect(accepts(view, input)).toBe(false);
        expect(accepts(view, `${input}.AA`)).toBe(false);
        expect(accepts(view, hmac(input, ''))).toBe(false);
      }
    },
  );

  it('HS256 is refused with anything public about the ES256 key as its secret', () => {
    const kid = idOf(shared);
    const jwk = JSON.parse(shared[0]?.publicJwk ?? '{}') as { x: string; y: string };
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...jwk }, format: 'jwk' });
    const secrets = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      Buffer.from(jwk.x, 'base64url'),
      Buffer.concat([
        Buffer.from([4]),
        Buffer.from(jwk.x, 'base64url'),
        Buffer.from(jwk.y, 'base64url'),
      ]),
      shared[0]?.publicJwk ?? '',
      JSON.stringify(view.jwks()),
      kid,
    ];
    for (const secret of secrets) {
      for (const alg of ['HS256', 'ES256']) {
        expect(accepts(view, hmac(unsigned({ alg, kid }), secret))).toBe(false);
      }
    }
  });

  it.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])('%s is refused even under the right secret', async (alg, hash) => {
    const { secret, ownView, kid } = await ringWithKnownSecret();
    expect(accepts(ownView, hmac(unsigned({ alg: 'HS256', kid }), secret))).toBe(true);
    expect(accepts(ownView, hmac(unsigned({ alg, kid }), secret, hash))).toBe(false);
    expect(accepts(ownView, hmac(unsigned({ alg: 'HS256', kid }), secret, hash))).toBe(false);
    expect(accepts(ownView, hmac(unsigned({ alg, kid }), secret))).toBe(false);
  });

  it('is that of the key to the letter', async () => {
    const { secret, ownView, kid } = await ringWithKnownSecret();
    for (const alg of ['hs256', 'HS256 ', 'Hs256']) {
      expect(accepts(ownView, hmac(unsigned({ alg, kid }), secret))).toBe(false);
    }
  });
});

describe('a key that the token brings along', () => {
  it('is never used (jwk, jku, x5u, x5c)', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    for (const kid of [idOf(shared), 'mine']) {
      for (const brought of [
        { jwk },
        { jku: 'https://evil.example/jwks' },
        { x5u: 'https://evil.example' },
        { x5c: ['MIIB'] },
      ]) {
        const input = unsigned({ alg: 'ES256', kid, ...brought });
        expect(accepts(view, ecSigned(input, privateKey, 'ieee-p1363'))).toBe(false);
      }
    }
  });
});

describe('an ES256 signature', () => {
  it.each([0, 1, 32, 63, 65, 128])('of %i bytes is refused', (length) => {
    const input = unsigned({ alg: 'ES256', kid: idOf(shared) });
    const signature = Buffer.alloc(length, 1).toString('base64url');
    expect(accepts(view, `${input}.${signature}`)).toBe(false);
  });

  it('of zeroes is refused (CVE-2022-21449)', () => {
    const input = unsigned({ alg: 'ES256', kid: idOf(shared) });
    expect(accepts(view, `${input}.${Buffer.alloc(64).toString('base64url')}`)).toBe(false);
  });

  it('in DER is refused, as plain R and S accepted', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = {
      id: 'k',
      ring: 'shared',
      algorithm: 'ES256',
      revoked: false,
      removed: false,
      key: publicKey,
    } as const;
    const input = unsigned({ alg: 'ES256', kid: 'k' });
    const verdict = (token: string): boolean => {
      const parsed = parseJws(token);
      return parsed !== undefined && verifySignature(parsed, key);
    };
    expect(verdict(ecSigned(input, privateKey, 'ieee-p1363'))).toBe(true);
    expect(verdict(ecSigned(input, privateKey, 'der'))).toBe(false);
    expect(verdict(ecSigned(input, privateKey, 'ieee-p1363', 'sha512'))).toBe(false);
  });
});

describe('an HS256 signature', () => {
  it.each([1, 16, 31, 33, 64])('of %i bytes is refused without a throw', (length) => {
    const input = unsigned({ alg: 'HS256', kid: idOf(acme) });
    const signature = Buffer.alloc(length, 1).toString('base64url');
    expect(accepts(view, `${input}.${signature}`)).toBe(false);
  });

  it('under an empty secret is refused', () => {
    expect(accepts(view, hmac(unsigned({ alg: 'HS256', kid: idOf(acme) }), ''))).toBe(false);
  });
});

/** A ring whose secret the test knows, to sign what our own code never would. */
async function ringWithKnownSecret(): Promise<{ secret: Buffer; ownView: KeyView; kid: string }> {
  const masterKey = newMasterKey();
  const rows = await wholeRing('app:known', masterKey);
  const active = rows[0];
  if (active === undefined) throw new Error('The ring is empty.');
  const secret = await unsealPrivateKey(active.sealedPrivate, active, masterKey);
  return { secret, ownView: await viewOf(rows, masterKey), kid: active.id };
}
