import { describe, expect, it } from 'vitest';
import {
  newRecoveryCodes,
  recoveryCodeHash,
} from '../../../../src/business-auth/totp/recovery-codes.js';
import { Entropy, SystemEntropy } from '../../../../src/common/ids.js';

/** Bytes that count up. */
class CountingEntropy extends Entropy {
  #next = 0;

  override bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#next++ % 256));
  }
}

describe('recovery codes', () => {
  it('are ten, each different and with 80 random bits', () => {
    const { codes } = newRecoveryCodes(new SystemEntropy());
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes)
      expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });

  it('have each character as often as any other', () => {
    const { codes } = newRecoveryCodes(new CountingEntropy());
    expect(codes.slice(0, 2)).toEqual(['0123-4567-89ab-cdef', 'ghjk-mnpq-rstv-wxyz']);
    expect(codes[8]).toBe(codes[0]);
  });

  it('are kept as hashes only, in their order', () => {
    const { codes, hashes } = newRecoveryCodes(new SystemEntropy());
    expect(hashes).toEqual(codes.map(recoveryCodeHash));
    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    'K3X9-0AP7-MQ1V-Z81C',
    'k3x90ap7mq1vz81c',
    ' k3x9 0ap7 mq1v z81c ',
    'k3x9–0ap7–mq1v–z81c',
    'k3x9-oap7-mqlv-z8ic',
    'ｋ３ｘ９-0ap7-mq1v-z81c',
  ])('are found however they are typed: %s', (typed) => {
    expect(recoveryCodeHash(typed)).toBe(recoveryCodeHash('k3x9-0ap7-mq1v-z81c'));
  });

  it('are found by nothing else', () => {
    const hash = recoveryCodeHash('k3x9-0ap7-mq1v-z81c');
    for (const other of ['', 'k3x9-0ap7-mq1v-z81d', 'k3x9-0ap7-mq1v', 'k3x9-0ap7-mq1v-z81c-0']) {
      expect(recoveryCodeHash(other)).not.toBe(hash);
    }
  });
});
