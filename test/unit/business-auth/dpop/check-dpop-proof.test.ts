import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CheckDpopProof,
  DPOP_ALGORITHMS,
} from '../../../../src/business-auth/dpop/check-dpop-proof.js';
import { BrokerError } from '../../../../src/common/errors.js';
import { ReplayGuard } from '../../../../src/ports/replay-guard.port.js';
import { MemoryReplayGuard } from '../../../../src/stores/memory/memory-replay-guard.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { compact, hashOf, ProofMaker, shown, URL_OF_CALL } from './proof-maker.js';

let maker: ProofMaker;
beforeAll(async () => {
  maker = await ProofMaker.of('ES256');
});

let clock: ManualClock;
let uses: CountingGuard;
let proofs: CheckDpopProof;
beforeEach(() => {
  clock = new ManualClock();
  uses = new CountingGuard(clock);
  proofs = new CheckDpopProof(uses, clock);
});

const refused = expect.objectContaining({ code: 'invalid_dpop_proof' });
const refusedAs = (why: string) =>
  expect.objectContaining({
    code: 'invalid_dpop_proof',
    detail: expect.stringContaining(why) as string,
  });

const ofClaims = async (claims: object, accessToken?: string) =>
  proofs.check(shown(await maker.make(clock.nowMs(), { claims }), accessToken));
const ofHeader = async (header: object) =>
  proofs.check(shown(await maker.make(clock.nowMs(), { header })));

describe('§4.3 step 1: one header, one value', () => {
  test('a proof is taken, and its key’s thumbprint answered', async () => {
    const proof = await maker.make(clock.nowMs());
    expect(await proofs.check(shown(proof))).toBe(maker.jkt);
    expect(await proofs.check(shown([await maker.make(clock.nowMs())]))).toBe(maker.jkt);
  });

  test('none, two, and two in one are refused', async () => {
    const [one, two] = [await maker.make(clock.nowMs()), await maker.make(clock.nowMs())];
    for (const proof of [undefined, [], [one, two], `${one},${two}`, `${one}, `, [`${one},`]]) {
      await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('exactly one'));
    }
  });
});

describe('§4.3 step 2: a well-formed JWT', () => {
  test.each([
    ['nothing', ''],
    ['a word', 'proof'],
    ['two segments', 'e30.e30'],
    ['five segments', 'e30.e30.e30.e30.e30'],
    ['segments that are empty', '..'],
    ['padding', 'e30=.e30=.AAAA'],
  ])('%s is refused', async (_, proof) => {
    await expect(proofs.check(shown(proof))).rejects.toEqual(refused);
  });

  test.each([
    ['no JSON', 'htm=POST'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('claims that are %s are refused', async (_, payload) => {
    const proof = await maker.sign(payload);
    await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('no JWT'));
  });

  test('more than 8192 characters are refused', async () => {
    const proof = await maker.make(clock.nowMs(), { claims: { padding: 'x'.repeat(6000) } });
    expect(proof.length).toBeGreaterThan(8192);
    await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('too long'));
  });

  test('critical headers are refused (RFC 7515 §4.1.11), `b64` too', async () => {
    await expect(ofHeader({ crit: ['x'], x: 1 })).rejects.toEqual(refused);
    await expect(ofHeader({ crit: ['b64'], b64: true })).rejects.toEqual(refused);
  });
});

describe('§4.3 step 3: every claim that is wanted', () => {
  test.each(['jti', 'htm', 'htu', 'iat'])('without %s it is refused', async (claim) => {
    await expect(ofClaims({ [claim]: undefined })).rejects.toEqual(refusedAs(`its ${claim}`));
    await expect(ofClaims({ [claim]: null })).rejects.toEqual(refusedAs(`its ${claim}`));
    await expect(ofClaims({ [claim]: [URL_OF_CALL] })).rejects.toEqual(refusedAs(`its ${claim}`));
  });
});

describe('§4.3 step 4: typ', () => {
  test.each(['JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', '', undefined])(
    '%j is refused',
    async (typ) => {
      await expect(ofHeader({ typ })).rejects.toEqual(refusedAs('typ'));
    },
  );
});

describe('§4.3 step 5: alg', () => {
  test.each([...DPOP_ALGORITHMS])('%s is taken', async (alg) => {
    const other = await ProofMaker.of(alg);
    expect(await proofs.check(shown(await other.make(clock.nowMs())))).toBe(other.jkt);
  });

  test('asymmetric ones that are not on the list are refused', async () => {
    for (const alg of ['ES512', 'RS384', 'PS512']) {
      const other = await ProofMaker.of(alg);
      const proof = await other.make(clock.nowMs());
      await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('its alg'));
    }
  });

  test.each(['none', 'None', 'HS256', '', 'es256', 'toString'])('%j is refused', async (alg) => {
    const [header, payload] = [{ typ: 'dpop+jwt', alg, jwk: maker.jwk }, { jti: 'x' }];
    const proof = compact(header, payload, 'AAAA');
    await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('its alg'));
  });

  test('HS256 with the public key, or with one that it brings along, is refused', async () => {
    const secret = JSON.stringify(maker.jwk);
    for (const jwk of [maker.jwk, { kty: 'oct', k: Buffer.from(secret).toString('base64url') }]) {
      const unsigned = compact({ typ: 'dpop+jwt', alg: 'HS256', jwk }, { jti: 'x' }, '');
      const mac = createHmac('sha256', secret).update(unsigned.slice(0, -1)).digest('base64url');
      await expect(proofs.check(shown(unsigned + mac))).rejects.toEqual(refused);
    }
  });
});

describe('§4.3 step 6: the signature', () => {
  test('of another key is refused', async () => {
    const thief = await ProofMaker.of('ES256');
    const proof = await thief.make(clock.nowMs(), { header: { jwk: maker.jwk } });
    await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('signature'));
  });

  test('of other claims is refused', async () => {
    const [header, , signature] = (await maker.make(clock.nowMs())).split('.');
    const [, payload] = (await maker.make(clock.nowMs())).split('.');
    const mixed = `${header}.${payload}.${signature}`;
    await expect(proofs.check(shown(mixed))).rejects.toEqual(refusedAs('signature'));
  });

  test('of another algorithm than the key’s is refused', async () => {
    const rsa = await ProofMaker.of('RS256');
    const proof = await rsa.make(clock.nowMs(), { header: { jwk: maker.jwk } });
    await expect(proofs.check(shown(proof))).rejects.toEqual(refusedAs('signature'));
  });
});

describe('§4.3 step 7: the key', () => {
  test('with private members is refused, with any one of them, too', async () => {
    const jwks = [
      maker.privateJwk,
      ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member) => ({
        ...maker.jwk,
        [member]: 'AQAB',
      })),
    ];
    for (const jwk of jwks) await expect(ofHeader({ jwk })).rejects.toEqual(refusedAs('its jwk'));
  });

  test.each([
    ['none', undefined],
    ['null', null],
    ['a text', 'x'],
    ['an array', []],
    ['an address', { jku: 'https://thief.example/jwks' }],
    ['a symmetric one', { kty: 'oct', k: 'c2VjcmV0' }],
  ])('%s is refused', async (_, jwk) => {
    await expect(ofHeader({ jwk })).rejects.toEqual(refusedAs('its jwk'));
  });

  test('off its curve is refused', async () => {
    const { x } = maker.jwk;
    await expect(ofHeader({ jwk: { ...maker.jwk, y: x } })).rejects.toEqual(refused);
  });

  test('for another use is refused', async () => {
    for (const more of [{ use: 'enc' }, { alg: 'ES384' }, { key_ops: ['sign'] }]) {
      const jwk = { ...maker.jwk, ...more };
      await expect(ofHeader({ jwk })).rejects.toEqual(refusedAs('signature'));
    }
  });

  test('with members that say nothing against it is taken, under the same thumbprint', async () => {
    const jwk = { ...maker.jwk, kid: 'mine', use: 'sig', alg: 'ES256', key_ops: ['verify'] };
    expect(await ofHeader({ jwk })).toBe(maker.jkt);
  });

  test('in another spelling is refused, so that it has one thumbprint', async () => {
    for (const jwk of [
      { ...maker.jwk, x: `${maker.jwk.x}=` },
      { ...maker.jwk, x: `AA${maker.jwk.x}` },
    ]) {
      await expect(ofHeader({ jwk })).rejects.toEqual(refusedAs('its jwk'));
    }
  });
});

describe('§4.3 step 8: htm', () => {
  test.each(['GET', 'post', 'POST ', '', 1])('%j is refused for POST', async (htm) => {
    await expect(ofClaims({ htm })).rejects.toEqual(refusedAs('htm'));
  });
});

describe('§4.3 step 9: htu', () => {
  test.each([
    URL_OF_CALL,
    `${URL_OF_CALL}?a=1`,
    `${URL_OF_CALL}#part`,
    `${URL_OF_CALL}?a=1#part`,
    'HTTPS://LOGIN.Example.COM/v1/auth/refresh',
    'https://login.example.com:443/v1/auth/refresh',
    'https://login.example.com/v1/./x/../auth/refresh',
    'https://login.example.com/v1/%61uth/refres%68',
  ])('%s is the same', async (htu) => {
    expect(await ofClaims({ htu })).toBe(maker.jkt);
  });

  test.each([
    'http://login.example.com/v1/auth/refresh',
    'https://login.example.com:8443/v1/auth/refresh',
    'https://login.example.com/v1/auth/refresh/',
    'https://login.example.com/V1/auth/refresh',
    'https://login.example.com/v1/auth%2Frefresh',
    'https://login.example.com/v1/auth/login',
    'https://login.example.com.thief.example/v1/auth/refresh',
    'https://thief@login.example.com/v1/auth/refresh',
    'https://login.example.com\\v1\\auth\\refresh',
    'https://login.example.com/v1/auth/ref\tresh',
    ' https://login.example.com/v1/auth/refresh',
    'https:login.example.com/v1/auth/refresh',
    '//login.example.com/v1/auth/refresh',
    '/v1/auth/refresh',
    '',
  ])('%j is another', async (htu) => {
    await expect(ofClaims({ htu })).rejects.toEqual(refusedAs('htu'));
  });

  test('the query and the public URL’s own spelling do not count for the call either', async () => {
    const proof = await maker.make(clock.nowMs());
    const url = 'https://Login.Example.com:443/v1/auth/refresh?x=1';
    expect(await proofs.check({ ...shown(proof), url })).toBe(maker.jkt);
  });
});

describe('§4.3 step 11: iat', () => {
  test.each([-60, -1, 0, 1, 60])('%d seconds from now is taken', async (seconds) => {
    const iat = clock.nowMs() / 1000 + seconds;
    expect(await ofClaims({ iat })).toBe(maker.jkt);
  });

  test.each([-61, 61, -86_400, 86_400])('%d seconds from now is refused', async (seconds) => {
    const iat = clock.nowMs() / 1000 + seconds;
    await expect(ofClaims({ iat })).rejects.toEqual(refusedAs('iat'));
  });

  test('as a text, or without end, is refused', async () => {
    await expect(ofClaims({ iat: String(clock.nowMs() / 1000) })).rejects.toEqual(refused);
    const endless = `{"jti":"x","htm":"POST","htu":"${URL_OF_CALL}","iat":1e999}`;
    await expect(proofs.check(shown(await maker.sign(endless)))).rejects.toEqual(refusedAs('iat'));
  });
});

describe('§4.3 step 12: ath', () => {
  test('of the token that is shown with it is taken', async () => {
    expect(await ofClaims({ ath: hashOf('a.b.c') }, 'a.b.c')).toBe(maker.jkt);
  });

  test('missing, of another token, or the token itself is refused', async () => {
    for (const ath of [undefined, hashOf('a.b.d'), 'a.b.c', hashOf('')]) {
      await expect(ofClaims({ ath }, 'a.b.c')).rejects.toEqual(refusedAs('ath'));
    }
  });

  test('is not looked at where no token is shown', async () => {
    expect(await ofClaims({ ath: hashOf('a.b.c') })).toBe(maker.jkt);
  });
});

describe('§11.1: once', () => {
  test('of fifty at once one gets through', async () => {
    const proof = await maker.make(clock.nowMs());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => proofs.check(shown(proof))),
    );
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures).toHaveLength(49);
    for (const { reason } of failures) expect(reason).toEqual(refusedAs('used before'));
  });

  test('the same jti in another proof of that key is refused, for another call, too', async () => {
    await ofClaims({ jti: 'mine' });
    await expect(ofClaims({ jti: 'mine' })).rejects.toEqual(refusedAs('used before'));
    const claims = { jti: 'mine', htm: 'GET', htu: 'https://login.example.com/v1/me' };
    const call = { method: 'GET', url: 'https://login.example.com/v1/me' };
    const proof = await maker.make(clock.nowMs(), { claims });
    await expect(proofs.check({ proof, ...call })).rejects.toEqual(refusedAs('used before'));
  });

  test('the same jti of another key is taken', async () => {
    const other = await ProofMaker.of('ES256');
    await ofClaims({ jti: 'mine' });
    const proof = await other.make(clock.nowMs(), { claims: { jti: 'mine' } });
    expect(await proofs.check(shown(proof))).toBe(other.jkt);
  });

  test('a proof whose signature was turned into another good one is the same proof', async () => {
    const proof = await maker.make(clock.nowMs());
    const [header, payload, signature = ''] = proof.split('.');
    const twin = `${header}.${payload}.${negated(signature)}`;
    expect(twin).not.toBe(proof);
    await proofs.check(shown(proof));
    await expect(proofs.check(shown(twin))).rejects.toEqual(refusedAs('used before'));
  });

  test('it is remembered for as long as any broker could take it', async () => {
    const proof = await maker.make(clock.nowMs() + 60_000);
    await proofs.check(shown(proof));
    const late = new ManualClock(clock.nowMs() - 4000);
    const elsewhere = new CheckDpopProof(uses, late);
    for (let second = 0; second <= 125; second += 1) {
      await expect(proofs.check(shown(proof))).rejects.toEqual(refused);
      await expect(elsewhere.check(shown(proof))).rejects.toEqual(refused);
      clock.advance(1000);
      late.advance(1000);
    }
    await expect(elsewhere.check(shown(proof))).rejects.toEqual(refusedAs('iat'));
  });

  test.each(['', 'x'.repeat(257), 1, null, { a: 1 }])('jti %j is refused', async (jti) => {
    await expect(ofClaims({ jti })).rejects.toEqual(refusedAs('jti'));
  });

  test('a jti of 256 characters, of whatever kind, is taken', async () => {
    expect(await ofClaims({ jti: 'x'.repeat(256) })).toBe(maker.jkt);
    expect(await ofClaims({ jti: '\u0000 \ud83d\ude00 ,' })).toBe(maker.jkt);
  });

  test('what is refused for anything else is not remembered', async () => {
    const wrong = { htm: 'GET', htu: 'https://thief.example/', iat: 0, jti: '' };
    for (const [claim, value] of Object.entries(wrong)) {
      await expect(ofClaims({ [claim]: value })).rejects.toEqual(refused);
    }
    await expect(ofClaims({ ath: 'x' }, 'a.b.c')).rejects.toEqual(refused);
    await expect(ofHeader({ typ: 'JWT' })).rejects.toEqual(refused);
    await expect(proofs.check(shown('a.b.c'))).rejects.toEqual(refused);
    expect(uses.asked).toBe(0);
  });

  test('where it can not be told, nothing is taken', async () => {
    uses.failure = new BrokerError('limiter_unavailable', 'uses can not be remembered now');
    await expect(ofClaims({})).rejects.toBe(uses.failure);
  });
});

describe('RSA keys', () => {
  let rsa: ProofMaker;
  beforeAll(async () => {
    rsa = await ProofMaker.of('RS256');
  });
  const withMembers = async (members: object) => {
    const header = { jwk: { ...rsa.jwk, ...members } };
    return proofs.check(shown(await rsa.make(clock.nowMs(), { header })));
  };

  test.each([
    ['1024 bits', Buffer.alloc(128, 0xff)],
    ['2047 bits', Buffer.alloc(256, 0x7f)],
    ['2048 bits, with zeroes in front', Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)])],
    ['8200 bits', Buffer.alloc(1025, 0xff)],
  ])('of %s are refused before anything is computed with them', async (_, n) => {
    const members = { n: n.toString('base64url') };
    await expect(withMembers(members)).rejects.toEqual(refusedAs('its jwk'));
  });

  test.each(['AQ', 'AQAA', 'AQAAAAAB', 'AAEAAQ', '', 'AQAB='])(
    'with the exponent %j are refused',
    async (e) => {
      await expect(withMembers({ e })).rejects.toEqual(refusedAs('its jwk'));
    },
  );

  test('of 4096 bits are taken', async () => {
    const long = await ProofMaker.of('PS256', 4096);
    expect(await proofs.check(shown(await long.make(clock.nowMs())))).toBe(long.jkt);
  });
});

/** Counts how often it is asked, and fails when it is told to. */
class CountingGuard extends ReplayGuard {
  readonly #uses: MemoryReplayGuard;
  asked = 0;
  failure: BrokerError | undefined;

  constructor(time: ManualClock) {
    super();
    this.#uses = new MemoryReplayGuard(time);
  }

  override async firstUse(key: string, seconds: number): Promise<boolean> {
    this.asked += 1;
    if (this.failure !== undefined) throw this.failure;
    return this.#uses.firstUse(key, seconds);
  }
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature of the same with the same key: (r, n − s). */
function negated(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = (P256_ORDER - s).toString(16).padStart(64, '0');
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url');
}
