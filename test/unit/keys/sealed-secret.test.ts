import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SystemEntropy } from '../../../src/common/ids.js';
import { rewrapSecret, sealSecret, unsealSecret } from '../../../src/keys/sealed-secret.js';
import { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';

const entropy = new SystemEntropy();
const [OLD, NEW] = [randomBytes(32), randomBytes(32)];
const masterKey = new LocalMasterKey(OLD, undefined, entropy);
const SECRET = Buffer.from('JBSWY3DPEHPK3PXP');

describe('a sealed secret', () => {
  it('is opened for what it was sealed for', async () => {
    const sealed = await sealSecret(SECRET, 'totp alice', masterKey, entropy);
    expect(await unsealSecret(sealed, 'totp alice', masterKey)).toEqual(SECRET);
    expect(sealed).not.toContain(SECRET.toString());
  });

  it('is opened for nothing else, and under no other master key', async () => {
    const sealed = await sealSecret(SECRET, 'totp alice', masterKey, entropy);
    await expect(unsealSecret(sealed, 'totp bob', masterKey)).rejects.toThrow();
    const other = new LocalMasterKey(NEW, undefined, entropy);
    await expect(unsealSecret(sealed, 'totp alice', other)).rejects.toThrow(/master key/);
  });

  it('of any length comes back as it was', async () => {
    for (const length of [1, 20, 32, 4096]) {
      const plain = randomBytes(length);
      const sealed = await sealSecret(plain, 'x', masterKey, entropy);
      expect(await unsealSecret(sealed, 'x', masterKey)).toEqual(plain);
    }
  });

  it('is wrapped by the next master key without being opened', async () => {
    const sealed = await sealSecret(SECRET, 'x', masterKey, entropy);
    const both = new LocalMasterKey(NEW, OLD, entropy);
    const wrapped = await rewrapSecret(sealed, 'x', both);
    expect(wrapped.split('.').slice(0, 2)).toEqual(sealed.split('.').slice(0, 2));
    const next = new LocalMasterKey(NEW, undefined, entropy);
    expect(await unsealSecret(wrapped, 'x', next)).toEqual(SECRET);
    await expect(rewrapSecret(sealed, 'y', both)).rejects.toThrow();
  });
});
