import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { IssuerKeys } from '../../../../src/business-auth/federation/issuer-keys.js';
import { ManualClock } from '../../../support/manual-clock.js';

const SECOND = 1000;
const MINUTE = 60_000;

let sets: Readonly<Record<'old' | 'both' | 'new', JSONWebKeySet>>;
beforeAll(async () => {
  const [one, two] = await Promise.all(
    ['one', 'two'].map(async (kid) => ({
      ...(await exportJWK((await generateKeyPair('ES256')).publicKey)),
      kid,
    })),
  );
  sets = { old: { keys: [one!] }, both: { keys: [one!, two!] }, new: { keys: [two!] } };
});

let clock: ManualClock;
let issuer: FakeIssuer;
let keys: IssuerKeys;
let failures: unknown[];
beforeEach(() => {
  clock = new ManualClock();
  issuer = new FakeIssuer(sets.old);
  failures = [];
  keys = new IssuerKeys('https://login.acme.example/jwks', clock, {
    fetch: () => issuer.fetch(),
    onFailure: (cause) => failures.push(cause),
  });
});

const find = async (kid: string) => {
  const token = {} as Parameters<JWTVerifyGetKey>[1];
  return keys.get({ alg: 'ES256', kid }, token);
};
const unknown = expect.objectContaining({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
const unavailable = expect.objectContaining({ code: 'issuer_unavailable' });

test('keys are fetched once, however many ask at once', async () => {
  await Promise.all(Array.from({ length: 100 }, () => find('one')));
  await find('one');
  expect(issuer.fetches).toBe(1);
});

test('a key that the issuer has added is found when a token names it', async () => {
  await find('one');
  clock.advance(31 * SECOND);
  issuer.set = sets.both;
  await find('two');
  expect(issuer.fetches).toBe(2);
});

test('whoever asks for a new key while it is being fetched waits for it', async () => {
  await find('one');
  clock.advance(31 * SECOND);
  issuer.set = sets.both;
  const asked = Array.from({ length: 100 }, () => find('two'));
  await Promise.all(asked);
  expect(issuer.fetches).toBe(2);
});

test('key ids that nobody knows lead to one fetch in half a minute', async () => {
  await find('one');
  const beforehand = issuer.fetches;
  for (let tenth = 0; tenth < 1200; tenth += 1) {
    await expect(find(`random-${tenth}`)).rejects.toEqual(unknown);
    clock.advance(SECOND / 10);
  }
  expect(issuer.fetches - beforehand).toBeLessThanOrEqual(4);
  await find('one');
});

test('a key that the issuer has removed is gone after five minutes, also while nobody asks', async () => {
  await find('one');
  issuer.set = sets.new;
  clock.advance(5 * MINUTE);
  await expect(find('one')).rejects.toEqual(unknown);
});

test('its five minutes begin with the fetch, however long that takes', async () => {
  const first = find('one');
  clock.advance(3 * SECOND);
  await first;
  issuer.set = sets.new;
  clock.advance(5 * MINUTE - 3 * SECOND);
  await expect(find('one')).rejects.toEqual(unknown);
});

test('under load it is gone after half of that', async () => {
  await find('one');
  issuer.set = sets.new;
  clock.advance(150 * SECOND);
  await find('one');
  await issuer.settled();
  await expect(find('one')).rejects.toEqual(unknown);
});

test('it is gone after five minutes also where the issuer can not be reached', async () => {
  await find('one');
  issuer.isOut = true;
  for (let second = 1; second < 300; second += 1) {
    clock.advance(SECOND);
    await find('one');
  }
  clock.advance(SECOND);
  await expect(find('one')).rejects.toEqual(unavailable);
  // One every half minute, from half of the time on.
  expect(issuer.fetches).toBeLessThanOrEqual(1 + 5 + 1);
});

test('nobody waits for an issuer that hangs while there are keys to believe', async () => {
  await find('one');
  clock.advance(200 * SECOND);
  issuer.hang();
  await find('one');
  await find('one');
  expect(issuer.fetches).toBe(2);
});

test('an issuer that is out is asked every five seconds, and taken again when it is back', async () => {
  issuer.isOut = true;
  for (let second = 0; second < 20; second += 1) {
    await expect(find('one')).rejects.toEqual(unavailable);
    clock.advance(SECOND);
  }
  expect(issuer.fetches).toBe(4);
  expect(failures).toHaveLength(4);
  issuer.isOut = false;
  await find('one');
  expect(issuer.fetches).toBe(5);
});

test('what went wrong is the cause of the refusal', async () => {
  issuer.isOut = true;
  await expect(find('one')).rejects.toMatchObject({ cause: new Error('out') });
});

test('a set that is no set is as good as none', async () => {
  issuer.set = { keys: 'x' } as unknown as JSONWebKeySet;
  await expect(find('one')).rejects.toEqual(unavailable);
});

/** Where keys come from. */
class FakeIssuer {
  fetches = 0;
  isOut = false;
  #hangs = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(public set: JSONWebKeySet) {}

  fetch(): Promise<JSONWebKeySet> {
    this.fetches += 1;
    const answer = this.#answer();
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  hang(): void {
    this.#hangs = true;
  }

  /** Resolves when what was fetched last has been taken in. */
  async settled(): Promise<void> {
    await this.#last;
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #answer(): Promise<JSONWebKeySet> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#hangs) await new Promise(() => undefined);
    if (this.isOut) throw new Error('out');
    return this.set;
  }
}
