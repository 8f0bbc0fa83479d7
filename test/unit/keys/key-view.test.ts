import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { generateKey, publishKey } from '../../../src/keys/generate-key.js';
import { KeyView } from '../../../src/keys/key-view.js';
import { sealPrivateKey, unsealPrivateKey } from '../../../src/keys/sealed-key.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';
import { MasterKey } from '../../../src/ports/master-key.port.js';
import { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';
import {
  accepts,
  CLAIMS,
  entropy,
  newKeyBytes,
  newMasterKey,
  TYPE,
  viewOf,
  wholeRing,
} from './key-fixtures.js';

/** A master key whose unwrapping is counted and can be held up, as a KMS can be slow. */
class WatchedMasterKey extends MasterKey {
  readonly #inner = newMasterKey();
  unwrapped = 0;
  gate: Promise<void> = Promise.resolve();

  override wrap(dataKey: Buffer, context: string): Promise<string> {
    return this.#inner.wrap(dataKey, context);
  }

  override async unwrap(wrapped: string, context: string): Promise<Buffer> {
    this.unwrapped++;
    await this.gate;
    return this.#inner.unwrap(wrapped, context);
  }
}

async function watchedRing(ring: string, masterKey: MasterKey): Promise<[KeyRow, KeyRow]> {
  return [
    publishKey(await generateKey(ring, masterKey, entropy), 'active', 1000),
    publishKey(await generateKey(ring, masterKey, entropy), 'upcoming', 1000),
  ];
}

describe('before the first load', () => {
  it('there is no key, and asking for one that signs is an error', () => {
    const view = new KeyView(newMasterKey(), [TYPE]);
    expect(view.hasSigner('shared')).toBe(false);
    expect(() => view.signer('shared')).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(view.verifier('any')).toBeUndefined();
    expect(view.jwks()).toEqual({ keys: [] });
  });
});

describe('a loaded view', () => {
  it('signs with the active key of each ring', async () => {
    const masterKey = newMasterKey();
    const rows = [
      ...(await wholeRing('shared', masterKey)),
      ...(await wholeRing('app:a', masterKey)),
    ];
    const view = await viewOf(rows, masterKey);
    expect(view.signer('shared').id).toBe(rows[0]?.id);
    expect(view.signer('app:a').id).toBe(rows[2]?.id);
    expect(view.hasSigner('app:b')).toBe(false);
  });

  it('knows the keys that tokens may name, with what is needed to judge them', async () => {
    const masterKey = newMasterKey();
    const [active, upcoming] = await watchedRing('app:a', masterKey);
    const view = await viewOf([{ ...active, revokedAt: 5 }, upcoming], masterKey);
    expect(view.verifier(active.id)).toMatchObject({
      id: active.id,
      ring: 'app:a',
      algorithm: 'HS256',
      revoked: true,
    });
    expect(view.verifier(upcoming.id)).toMatchObject({ revoked: false });
  });

  it('verifies what a key signed before it retired or was revoked', async () => {
    const masterKey = newMasterKey();
    for (const ring of ['shared', 'app:a']) {
      const [active, upcoming] = await watchedRing(ring, masterKey);
      const view = await viewOf([active, upcoming], masterKey);
      const token = await view.signer(ring).sign(TYPE, CLAIMS);
      for (const dates of [
        { retiredAt: 2000 },
        { revokedAt: 2000 },
        { retiredAt: 2000, revokedAt: 2001 },
      ]) {
        await view.load([
          { ...active, ...dates },
          { ...upcoming, activatedAt: 2000 },
        ]);
        expect(view.signer(ring).id).toBe(upcoming.id);
        expect(accepts(view, token)).toBe(true);
        const fresh = await viewOf([{ ...active, ...dates }], masterKey);
        expect(fresh.hasSigner(ring)).toBe(false);
        expect(accepts(fresh, token)).toBe(true);
      }
    }
  });

  it('accepts what an upcoming key signed, as another broker may have promoted it already', async () => {
    const masterKey = newMasterKey();
    const [active, upcoming] = await watchedRing('shared', masterKey);
    const ahead = await viewOf(
      [
        { ...active, retiredAt: 2000 },
        { ...upcoming, activatedAt: 2000 },
      ],
      masterKey,
    );
    const behind = await viewOf([active, upcoming], masterKey);
    expect(accepts(behind, await ahead.signer('shared').sign(TYPE, CLAIMS))).toBe(true);
  });

  it('knows the header of every token that it can sign', async () => {
    const masterKey = newMasterKey();
    const view = await viewOf(await wholeRing('shared', masterKey), masterKey);
    const token = await view.signer('shared').sign(TYPE, CLAIMS);
    expect(view.headers.get(token.split('.')[0] ?? '')).toEqual({
      alg: 'ES256',
      kid: view.signer('shared').id,
      typ: TYPE,
    });
    expect(view.headers.size).toBe(2);
  });
});

describe('the JWKS', () => {
  it('holds upcoming, active and retiring ES256 keys with the public members only', async () => {
    const masterKey = newMasterKey();
    const make = async (at: number): Promise<KeyRow> =>
      publishKey(await generateKey('shared', masterKey, entropy), 'upcoming', at);
    const [upcoming, active, retiring, revoked] = await Promise.all([
      make(4),
      make(3),
      make(2),
      make(1),
    ]);
    const view = await viewOf(
      [
        upcoming,
        { ...active, activatedAt: 3 },
        { ...retiring, activatedAt: 2, retiredAt: 3 },
        { ...revoked, activatedAt: 1, revokedAt: 2 },
        ...(await wholeRing('app:a', masterKey)),
      ],
      masterKey,
    );
    const { keys } = view.jwks();
    expect(keys.map((key) => key.kid)).toEqual([retiring.id, active.id, upcoming.id]);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    }
    expect(view.jwks()).toBe(view.jwks());
  });

  it('has one order, in whatever order the rows come', async () => {
    const masterKey = newMasterKey();
    const rows = await wholeRing('shared', masterKey);
    const view = await viewOf(rows, masterKey);
    const before = view.jwks();
    await view.load([...rows].reverse());
    expect(view.jwks()).toEqual(before);
  });
});

describe('loading', () => {
  it('unseals each key once, and never one of ES256 that no longer signs', async () => {
    const masterKey = new WatchedMasterKey();
    const [active, upcoming] = await watchedRing('shared', masterKey);
    const [old] = await watchedRing('shared', masterKey);
    const retired = { ...old, retiredAt: 1500, sealedPrivate: '' };
    const view = new KeyView(masterKey, [TYPE]);
    await view.load([retired, active, upcoming]);
    expect(masterKey.unwrapped).toBe(2);
    await view.load([retired, { ...active, retiredAt: 2000 }, { ...upcoming, activatedAt: 2000 }]);
    expect(masterKey.unwrapped).toBe(2);
    const [next] = await watchedRing('shared', masterKey);
    await view.load([retired, active, upcoming, next]);
    expect(masterKey.unwrapped).toBe(4);
    expect(view.verifier(next.id)).toBeDefined();
  });

  it('goes on with keys that were sealed anew under another master key', async () => {
    const [before, after] = [newKeyBytes(), newKeyBytes()];
    const old = new LocalMasterKey(before, undefined, entropy);
    const rows = await wholeRing('shared', old);
    const view = await viewOf(rows, new LocalMasterKey(after, before, entropy));
    expect(view.hasSigner('shared')).toBe(true);
    // The rows of somebody who holds the new key only; ours are open already.
    await view.load(rows.map((row) => ({ ...row, sealedPrivate: `${row.sealedPrivate}x` })));
    expect(accepts(view, await view.signer('shared').sign(TYPE, CLAIMS))).toBe(true);
  });

  it.each(['shared', 'app:a'])(
    'keys of %s sealed under another master key fails, names the key and changes nothing',
    async (ring) => {
      const masterKey = newMasterKey();
      const rows = await wholeRing(ring, masterKey);
      const view = await viewOf(rows, masterKey);
      const [before, jwks] = [view.signer(ring), view.jwks()];
      const foreign = await wholeRing(ring, newMasterKey());
      const revoked = rows.map((row) => ({ ...row, revokedAt: 3000 }));
      await expect(view.load([...revoked, ...foreign])).rejects.toThrow(
        new RegExp(
          `Signing key (${foreign.map((row) => row.id).join('|')}) .*wrapped by the master key`,
        ),
      );
      expect(view.signer(ring)).toBe(before);
      expect(view.jwks()).toBe(jwks);
      expect(view.verifier(foreign[0]?.id ?? '')).toBeUndefined();
    },
  );

  it('refuses rows in which anything that belongs together was exchanged', async () => {
    const masterKey = newMasterKey();
    const [one, other] = await watchedRing('shared', masterKey);
    const [secret] = await watchedRing('app:a', masterKey);
    const altered: KeyRow[] = [
      { ...one, publicJwk: other.publicJwk },
      { ...one, sealedPrivate: other.sealedPrivate },
      { ...one, publicJwk: '' },
      { ...one, publicJwk: 'null' },
      { ...one, retiredAt: 5, publicJwk: other.publicJwk },
      { ...one, id: other.id },
      { ...one, sealedPrivate: '' },
      { ...secret, ring: 'app:b' },
      { ...secret, id: 'key_other' },
    ];
    for (const row of altered) {
      const view = new KeyView(masterKey, [TYPE]);
      await expect(view.load([row]), JSON.stringify(row)).rejects.toThrow(`Signing key ${row.id} `);
    }
    const view = await viewOf([one, secret], masterKey);
    await expect(view.load([one, { ...secret, ring: 'app:b' }])).rejects.toThrow(/another context/);
  });

  it('refuses a private key that was sealed for the row but belongs to another public key', async () => {
    const masterKey = newMasterKey();
    const [one, other] = await watchedRing('shared', masterKey);
    const foreign = await unsealPrivateKey(other.sealedPrivate, other, masterKey);
    const sealedPrivate = await sealPrivateKey(foreign, one, masterKey, entropy);
    const view = new KeyView(masterKey, [TYPE]);
    await expect(view.load([{ ...one, sealedPrivate }])).rejects.toThrow(
      `Signing key ${one.id} of ring shared can't be opened: The private key does not belong`,
    );
  });

  it('shows no byte of a private key in its errors', async () => {
    const masterKey = newMasterKey();
    const [one, other] = await watchedRing('shared', masterKey);
    const view = new KeyView(masterKey, [TYPE]);
    const error: unknown = await view
      .load([{ ...one, sealedPrivate: other.sealedPrivate }])
      .catch((caught: unknown) => caught);
    const told =
      error instanceof Error
        ? `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
        : '';
    expect(told).toContain(one.id);
    expect(told).not.toContain(other.sealedPrivate.slice(0, 20));
  });

  it('keeps the later of two overlapping loads, whichever ends first', async () => {
    const masterKey = new WatchedMasterKey();
    const [active, upcoming] = await watchedRing('shared', masterKey);
    const view = new KeyView(masterKey, [TYPE]);
    await view.load([active]);
    let open = (): void => undefined;
    masterKey.gate = new Promise((resolve) => (open = resolve));
    const slow = view.load([active, upcoming]);
    await view.load([{ ...active, revokedAt: 2000 }]);
    expect(view.verifier(active.id)?.revoked).toBe(true);
    open();
    await slow;
    expect(view.verifier(active.id)?.revoked).toBe(true);
  });
});

describe('a key that signs', () => {
  it('does not sign what nobody would take for its length', async () => {
    const masterKey = newMasterKey();
    const view = await viewOf(await wholeRing('shared', masterKey), masterKey);
    await expect(view.signer('shared').sign(TYPE, { scope: 'x'.repeat(8000) })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  it('shows nothing private when it is printed', async () => {
    const masterKey = newMasterKey();
    const view = await viewOf(await wholeRing('app:a', masterKey), masterKey);
    for (const thing of [view, view.signer('app:a'), masterKey]) {
      expect(inspect(thing, { depth: 9, showHidden: true })).not.toMatch(/Buffer|sealed|secret/i);
      expect(JSON.stringify(thing)).not.toMatch(/sealed|secret/i);
    }
  });
});
