import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SigningThread } from '../../../src/keys/signing-thread.js';

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function isSignature(signature: string, privateKey: KeyObject, input: string): boolean {
  const publicKey = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'));
}

describe('a signing thread', () => {
  it('gives everyone the signature of what they asked for, by the key that they named', async () => {
    const thread = new SigningThread();
    const asked = Array.from({ length: 600 }, (_, index) => ({
      input: `header.${index}`,
      // Runs of one key, longer and shorter than a message.
      key: index < 300 || index % 3 === 0 ? key : other,
    }));
    const signatures = await Promise.all(asked.map((one) => thread.sign(one.key, one.input)));
    expect(
      asked.every((one, index) => isSignature(signatures[index] ?? '', one.key, one.input)),
    ).toBe(true);
    expect(new Set(signatures.map(({ length }) => length))).toEqual(new Set([86]));
  });

  it('signs what a key asks for later, too', async () => {
    const thread = new SigningThread();
    for (const input of ['a', 'b', 'c']) {
      expect(isSignature(await thread.sign(key, input), key, input)).toBe(true);
    }
  });

  it('fails nobody when it dies: what it owed is signed here, and so is what comes next', async () => {
    const deaths: unknown[] = [];
    const thread = new SigningThread((error) => deaths.push(error));
    // The thread can't sign with a public key, and that is its end.
    const refused = thread.sign(createPublicKey(key), 'x').catch((error: unknown) => error);
    const owed = Array.from({ length: 200 }, (_, index) => thread.sign(key, `owed ${index}`));
    const signatures = await Promise.all(owed);
    expect(signatures.every((one, index) => isSignature(one, key, `owed ${index}`))).toBe(true);
    expect(await refused).toBeInstanceOf(Error);
    expect(deaths).toHaveLength(1);

    expect(isSignature(await thread.sign(key, 'next'), key, 'next')).toBe(true);
  });
});
