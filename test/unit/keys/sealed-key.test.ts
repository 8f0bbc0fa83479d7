import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  sealPrivateKey,
  unsealPrivateKey,
  type SealedKeyUse,
} from '../../../src/keys/sealed-key.js';
import { entropy, newKeyBytes, newMasterKey } from './key-fixtures.js';

const USE: SealedKeyUse = { id: 'key-1', ring: 'shared', algorithm: 'ES256' };

function newPkcs8(): Buffer {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'der',
    type: 'pkcs8',
  });
}

describe('a sealed private key', () => {
  it.each([
    ['a PKCS#8 key', newPkcs8()],
    ['a secret', newKeyBytes()],
  ])('opens to %s that was put in', async (_, privatePart) => {
    const masterKey = newMasterKey();
    const sealed = await sealPrivateKey(Buffer.from(privatePart), USE, masterKey, entropy);
    expect(await unsealPrivateKey(sealed, USE, masterKey)).toEqual(privatePart);
  });

  it('is one printable string that says its version and shows nothing of the key', async () => {
    const privatePart = newPkcs8();
    const sealed = await sealPrivateKey(privatePart, USE, newMasterKey(), entropy);
    expect(sealed).toMatch(/^v1\.[\w-]+\.local1\.[\w-]+\.[\w-]+$/);
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(sealed.includes(privatePart.toString(encoding))).toBe(false);
    }
  });

  it('is encrypted under a data key of its own each time', async () => {
    const masterKey = newMasterKey();
    const privatePart = newPkcs8();
    const dataKeys = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const sealed = await sealPrivateKey(privatePart, USE, masterKey, entropy);
      const context = JSON.stringify(['countersign signing key', 'v1', 'key-1', 'shared', 'ES256']);
      const wrapped = sealed.split('.').slice(2).join('.');
      dataKeys.add((await masterKey.unwrap(wrapped, context)).toString('hex'));
    }
    expect(dataKeys.size).toBe(20);
  });

  it('does not open under another master key', async () => {
    const sealed = await sealPrivateKey(newPkcs8(), USE, newMasterKey(), entropy);
    await expect(unsealPrivateKey(sealed, USE, newMasterKey())).rejects.toThrow(/master key/);
  });

  it.each<[string, SealedKeyUse]>([
    ['key', { ...USE, id: 'key-2' }],
    ['ring', { ...USE, ring: 'app:other' }],
    ['algorithm', { ...USE, algorithm: 'HS256' }],
  ])('does not open for another %s', async (_, use) => {
    const masterKey = newMasterKey();
    const sealed = await sealPrivateKey(newPkcs8(), USE, masterKey, entropy);
    await expect(unsealPrivateKey(sealed, use, masterKey)).rejects.toThrow(/another context/);
  });

  it('does not open with another key’s data key', async () => {
    const masterKey = newMasterKey();
    const one = await sealPrivateKey(newPkcs8(), USE, masterKey, entropy);
    const other = await sealPrivateKey(newPkcs8(), USE, masterKey, entropy);
    const mixed = [...one.split('.').slice(0, 2), ...other.split('.').slice(2)].join('.');
    await expect(unsealPrivateKey(mixed, USE, masterKey)).rejects.toThrow(/altered/);
  });

  it('does not open when any byte of its ciphertext was flipped', async () => {
    const masterKey = newMasterKey();
    const sealed = await sealPrivateKey(newPkcs8(), USE, masterKey, entropy);
    const [format, encoded = '', ...wrapped] = sealed.split('.');
    const body = Buffer.from(encoded, 'base64url');
    for (let index = 0; index < body.length; index++) {
      const altered = Buffer.from(body);
      altered[index] = (altered[index] ?? 0) ^ 0x01;
      const form = [format, altered.toString('base64url'), ...wrapped].join('.');
      await expect(unsealPrivateKey(form, USE, masterKey), `byte ${index}`).rejects.toThrow(
        /altered/,
      );
    }
  });

  it.each(['', 'v1', 'v1.AAAA', 'v1..local1', 'v2.AAAA.local1.x.y', 'v1.AAAA.local1.x.y'])(
    'is not %j',
    async (form) => {
      await expect(unsealPrivateKey(form, USE, newMasterKey())).rejects.toThrow(/known format/);
    },
  );
});
