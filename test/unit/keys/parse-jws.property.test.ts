import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_TOKEN_LENGTH } from '../../../src/keys/jws.js';
import type { KeyView } from '../../../src/keys/key-view.js';
import { parseJws } from '../../../src/keys/parse-jws.js';
import { accepts, CLAIMS, newMasterKey, segment, TYPE, viewOf, wholeRing } from './key-fixtures.js';

const RINGS = ['shared', 'app:acme'] as const;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEADER = { alg: 'ES256', kid: 'k', typ: TYPE };
const SIGNATURE = segment('some signature');

let view: KeyView;
let tokens: Record<(typeof RINGS)[number], string>;

beforeAll(async () => {
  const masterKey = newMasterKey();
  view = await viewOf(
    (await Promise.all(RINGS.map((r) => wholeRing(r, masterKey)))).flat(),
    masterKey,
  );
  tokens = {
    shared: await view.signer('shared').sign(TYPE, CLAIMS),
    'app:acme': await view.signer('app:acme').sign(TYPE, CLAIMS),
  };
});

const aRing = fc.constantFrom(...RINGS);
const aCharacter = fc.oneof(
  fc.constantFrom(...BASE64URL, '.', '=', '+', '/', ' ', '\n', '\0'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

describe('parsing any string', () => {
  it('never throws, and takes nothing for a signed token', () => {
    const segmentLike = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map(segment),
      fc.dictionary(fc.string(), fc.jsonValue()).map(segment),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(segmentLike, { maxLength: 5 }).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        expect(accepts(view, text)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws for any JSON as header and claims, and gives only what was there', () => {
    const words = fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jwk', '__proto__', 'constructor');
    const member = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('ES256', 'none'));
    const whole = Object.entries(HEADER);
    // Written by hand, because an object literal can't hold `__proto__` twice or at all.
    const objectText = fc
      .tuple(
        fc.constantFrom([], whole),
        fc.array(fc.tuple(fc.oneof(words, fc.string()), member), { maxLength: 4 }),
      )
      .map(([start, more]) =>
        [...start, ...more].map((pair) => pair.map((part) => JSON.stringify(part)).join(':')),
      )
      .map((members) => `{${members.join()}}`);
    fc.assert(
      fc.property(objectText, objectText, (header, claims) => {
        const parsed = parseJws(`${segment(header)}.${segment(claims)}.${SIGNATURE}`);
        const told = JSON.parse(header) as Record<string, unknown>;
        const optional = (name: string) =>
          !Object.hasOwn(told, name) || typeof told[name] === 'string';
        const strings = typeof told['alg'] === 'string' && optional('kid') && optional('typ');
        const refused =
          !strings ||
          Object.hasOwn(told, 'crit') ||
          Object.hasOwn(told, '__proto__') ||
          Object.hasOwn(JSON.parse(claims) as object, '__proto__');
        expect(parsed === undefined).toBe(refused);
        if (parsed === undefined) return;
        const { alg, kid = '', typ = '' } = told;
        expect(parsed.header).toEqual({ alg, kid, typ });
        expect(parsed.claims).toEqual(JSON.parse(claims));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a token', () => {
  it('comes back as it was signed, whatever the claims', async () => {
    const claims = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__'),
      fc.jsonValue(),
      { maxKeys: 10 },
    );
    await fc.assert(
      fc.asyncProperty(aRing, claims, async (ring, given) => {
        const token = await view.signer(ring).sign(TYPE, given);
        const parsed = parseJws(token, view.headers);
        const { id, algorithm } = view.signer(ring);
        expect(parsed?.header).toEqual({ alg: algorithm, kid: id, typ: TYPE });
        expect(parsed?.claims).toEqual(JSON.parse(JSON.stringify(given)));
        expect(parseJws(token)).toEqual(parsed);
        expect(accepts(view, token)).toBe(true);
      }),
    );
  });

  it('is refused with any one character replaced', () => {
    const change = fc.tuple(aRing, fc.nat(), aCharacter);
    fc.assert(
      fc.property(change, ([ring, at, character]) => {
        const token = tokens[ring];
        const index = at % token.length;
        fc.pre(token[index] !== character);
        const altered = token.slice(0, index) + character + token.slice(index + 1);
        expect(accepts(view, altered)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused with any one character put in or left out', () => {
    fc.assert(
      fc.property(aRing, fc.nat(), aCharacter, fc.boolean(), (ring, at, character, insert) => {
        const token = tokens[ring];
        const index = at % (token.length + 1);
        fc.pre(insert || index < token.length);
        const altered =
          token.slice(0, index) + (insert ? character : '') + token.slice(index + (insert ? 0 : 1));
        fc.pre(altered !== token);
        expect(accepts(view, altered)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(RINGS)('of %s has no second spelling in the last character of any segment', (ring) => {
    const token = tokens[ring];
    expect(accepts(view, token)).toBe(true);
    const ends = [...token.matchAll(/\./g)].map((dot) => dot.index - 1);
    for (const index of [...ends, token.length - 1]) {
      for (const character of BASE64URL) {
        if (character === token[index]) continue;
        const altered = token.slice(0, index) + character + token.slice(index + 1);
        expect(accepts(view, altered), `${character} at ${index}`).toBe(false);
      }
    }
  });

  it('whose last character has stray bits decodes to the same bytes and is still no token', () => {
    // Two spare bits or four: the decoder of Node takes both spellings for the same bytes.
    expect(Buffer.from('QQ', 'base64url')).toEqual(Buffer.from('QR', 'base64url'));
    const head = `${segment(HEADER)}.${segment({})}`;
    expect(parseJws(`${head}.QQ`)?.signature).toEqual(Buffer.from('A'));
    expect(parseJws(`${head}.QR`)).toBeUndefined();
    expect(parseJws(`${head}.QUE`)?.signature).toEqual(Buffer.from('AA'));
    expect(parseJws(`${head}.QUF`)).toBeUndefined();
  });

  it.each(RINGS)(
    'of %s is refused padded, in the other alphabet and with blanks around',
    (ring) => {
      const token = tokens[ring];
      for (const altered of [`${token}=`, `${token}==`, ` ${token}`, `${token} `, `${token}\n`]) {
        expect(parseJws(altered, view.headers), JSON.stringify(altered)).toBeUndefined();
      }
      const [header, claims] = token.split('.');
      expect(parseJws(`${header}.${claims}.-_-_`)).toBeDefined();
      expect(parseJws(`${header}.${claims}.+/+/`)).toBeUndefined();
    },
  );
});

describe('what is no token', () => {
  const good = `${segment(HEADER)}.${segment({ sub: 'u' })}.${SIGNATURE}`;
  const withHeader = (header: unknown): string => `${segment(header)}.${segment({})}.${SIGNATURE}`;
  const withClaims = (claims: unknown): string =>
    `${segment(HEADER)}.${segment(claims)}.${SIGNATURE}`;

  it('is told from the form that the cases below are built on', () => {
    expect(parseJws(good)).toMatchObject({ header: HEADER, claims: { sub: 'u' } });
    expect(parseJws(withHeader({ ...HEADER, x: 1 }))).toBeDefined();
    expect(parseJws(withClaims({}))).toBeDefined();
  });

  it('takes a JWT that names no key and no type, as a stock OpenIM token, to name none of ours', () => {
    const parsed = parseJws(withHeader({ alg: 'HS256', typ: 'JWT' }));
    expect(parsed?.header).toEqual({ alg: 'HS256', kid: '', typ: 'JWT' });
    expect(parseJws(withHeader({ alg: 'HS256' }))?.header).toMatchObject({ kid: '', typ: '' });
  });

  it.each([
    ['nothing', ''],
    ['dots only', '..'],
    ['one segment', segment(HEADER)],
    ['two segments', `${segment(HEADER)}.${segment({})}`],
    ['four segments', `${good}.${SIGNATURE}`],
    ['five segments, as a JWE has', `${good}.${SIGNATURE}.${SIGNATURE}`],
    ['an empty header', `.${segment({})}.${SIGNATURE}`],
    ['empty claims', `${segment(HEADER)}..${SIGNATURE}`],
    ['an empty signature', `${segment(HEADER)}.${segment({})}.`],
    ['a header that is no JSON', withHeader('{')],
    ['an array as header', withHeader([HEADER])],
    ['null as header', withHeader('null')],
    ['a header without alg', withHeader({ kid: 'k', typ: TYPE })],
    ['alg that is no string', withHeader({ ...HEADER, alg: ['ES256'] })],
    ['kid that is no string', withHeader({ ...HEADER, kid: 1 })],
    ['typ that is no string', withHeader({ ...HEADER, typ: null })],
    ['alg inherited', withHeader('{"__proto__":{"alg":"ES256"},"kid":"k","typ":"t"}')],
    ['crit', withHeader({ ...HEADER, crit: ['exp'] })],
    ['empty crit', withHeader({ ...HEADER, crit: [] })],
    ['unencoded claims (RFC 7797)', withHeader({ ...HEADER, b64: false, crit: ['b64'] })],
    ['claims that are no JSON', withClaims('sub')],
    ['an array as claims', withClaims([])],
    ['null as claims', withClaims('null')],
    ['a number as claims', withClaims('1')],
    ['claims with a byte order mark', withClaims('\u{FEFF}{}')],
    ['claims with __proto__', withClaims('{"__proto__":{"admin":true}}')],
    [
      'claims that are no UTF-8',
      `${segment(HEADER)}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.${SIGNATURE}`,
    ],
  ])('%s', (_, text) => {
    expect(parseJws(text)).toBeUndefined();
  });

  it('more than 8192 characters, and not one fewer', () => {
    // The claims take three quarters of what is left; a longer signature fills up the rest.
    const head = `${segment(HEADER)}.${segment({ fill: 'x'.repeat(4500) })}.`;
    const sized = (length: number): string => head + 'A'.repeat(length - head.length);
    const longest = sized(MAX_TOKEN_LENGTH);
    expect(parseJws(longest)).toBeDefined();
    expect(parseJws(`${longest}AAA`)).toBeUndefined();
    expect(parseJws(good.repeat(20_000))).toBeUndefined();
  });

  it('JSON nested as deep as a token can hold', () => {
    expect(parseJws(withClaims('['.repeat(6000)))).toBeUndefined();
    const nested = `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`;
    expect(parseJws(withClaims(nested))).toBeDefined();
  });
});

describe('claims named like members of every object', () => {
  it('are the token’s own or absent', () => {
    const parsed = parseJws(`${segment(HEADER)}.${segment('{"constructor":1}')}.${SIGNATURE}`);
    expect(Object.keys(parsed?.claims ?? {})).toEqual(['constructor']);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});
