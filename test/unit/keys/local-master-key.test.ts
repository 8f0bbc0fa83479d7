import { describe, expect, it } from 'vitest';
import { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';
import { entropy, newKeyBytes, newMasterKey } from './key-fixtures.js';

describe('a local master key', () => {
  it('gives a data key back for the context that it was wrapped for', async () => {
    const masterKey = newMasterKey();
    const dataKey = newKeyBytes();
    const wrapped = await masterKey.wrap(dataKey, 'a context, ünïcode');
    expect(await masterKey.unwrap(wrapped, 'a context, ünïcode')).toEqual(dataKey);
  });

  it('shows neither itself nor the data key in the wrapped form', async () => {
    const master = newKeyBytes();
    const dataKey = newKeyBytes();
    const wrapped = await new LocalMasterKey(master, undefined, entropy).wrap(dataKey, 'c');
    expect(wrapped).toMatch(/^local1\.[\w-]{11}\.[\w-]+$/);
    const body = Buffer.from(wrapped.split('.')[2] ?? '', 'base64url');
    expect(body.length).toBe(12 + 32 + 16);
    expect(body.includes(dataKey)).toBe(false);
    expect(body.includes(master)).toBe(false);
  });

  it('never wraps to the same form twice', async () => {
    const masterKey = newMasterKey();
    const dataKey = newKeyBytes();
    const forms = await Promise.all(Array.from({ length: 50 }, () => masterKey.wrap(dataKey, 'c')));
    expect(new Set(forms).size).toBe(50);
  });

  it('refuses another context', async () => {
    const masterKey = newMasterKey();
    const wrapped = await masterKey.wrap(newKeyBytes(), 'one');
    await expect(masterKey.unwrap(wrapped, 'other')).rejects.toThrow(/another context/);
  });

  it('refuses what another master key wrapped, and names both without showing them', async () => {
    const wrapped = await newMasterKey().wrap(newKeyBytes(), 'c');
    const fingerprint = wrapped.split('.')[1] ?? '';
    await expect(newMasterKey().unwrap(wrapped, 'c')).rejects.toThrow(
      `wrapped by the master key ${fingerprint}`,
    );
  });

  it('unwraps with the previous key, and wraps with the current one only', async () => {
    const [before, after] = [newKeyBytes(), newKeyBytes()];
    const old = new LocalMasterKey(before, undefined, entropy);
    const both = new LocalMasterKey(after, before, entropy);
    const dataKey = newKeyBytes();
    expect(await both.unwrap(await old.wrap(dataKey, 'c'), 'c')).toEqual(dataKey);
    const renewed = await both.wrap(dataKey, 'c');
    expect(await new LocalMasterKey(after, undefined, entropy).unwrap(renewed, 'c')).toEqual(
      dataKey,
    );
    await expect(old.unwrap(renewed, 'c')).rejects.toThrow(/wrapped by the master key/);
  });

  it('refuses a wrapped form with any bit of it flipped', async () => {
    const masterKey = newMasterKey();
    const wrapped = await masterKey.wrap(newKeyBytes(), 'c');
    const [format, fingerprint, encoded = ''] = wrapped.split('.');
    const body = Buffer.from(encoded, 'base64url');
    for (let bit = 0; bit < body.length * 8; bit++) {
      const altered = Buffer.from(body);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const form = `${format}.${fingerprint}.${altered.toString('base64url')}`;
      await expect(masterKey.unwrap(form, 'c'), `bit ${bit}`).rejects.toThrow(/altered/);
    }
  });

  it.each(['', 'local1', 'local1..', 'local2.aaaaaaaaaaa.AAAA', 'kms.key.AAAA'])(
    'refuses %j as no form of its own',
    async (form) => {
      await expect(newMasterKey().unwrap(form, 'c')).rejects.toThrow(/local master key/);
    },
  );

  it('refuses a truncated form', async () => {
    const masterKey = newMasterKey();
    const wrapped = await masterKey.wrap(newKeyBytes(), 'c');
    await expect(masterKey.unwrap(wrapped.slice(0, -4), 'c')).rejects.toThrow(/wrong length/);
  });

  it.each([0, 16, 31, 33, 64])('is not made from %i bytes', (length) => {
    expect(() => new LocalMasterKey(Buffer.alloc(length, 1), undefined, entropy)).toThrow(
      /32 bytes/,
    );
    expect(() => new LocalMasterKey(newKeyBytes(), Buffer.alloc(length, 1), entropy)).toThrow(
      /32 bytes/,
    );
  });
});
