import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { IssuerKeys } from '../../../../src/business-auth/federation/issuer-keys.js';
import { ManualClock } from '../../../support/manual-clock.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
}

/** A JWKS whose keys a test exchanges. */
async function issuer() {
  const signers = new Map<string, CryptoKey>();
  const state = { keys: [] as JWK[], asked: 0, isOut: false };
  const add = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    signers.set(kid, privateKey);
    state.keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' });
  };
  const url = await serve((_, response) => {
    state.asked += 1;
    if (state.isOut) return response.writeHead(503).end();
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ keys: state.keys }));
  });
  const clock = new ManualClock();
  const keys = new IssuerKeys(url, clock);
  const tokenOf = async (kid: string) =>
    new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(signers.get(kid)!);
  const verify = async (token: string) => jwtVerify(token, keys.get);
  await add('one');
  return { state, add, clock, keys, tokenOf, verify };
}

describe('the keys of a foreign issuer', () => {
  it('are fetched once for many tokens at once', async () => {
    const { state, tokenOf, verify } = await issuer();
    const token = await tokenOf('one');
    await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    expect(state.asked).toBe(1);
  });

  it('that are new are found', async () => {
    const { clock, add, tokenOf, verify, state } = await issuer();
    await verify(await tokenOf('one'));
    await add('two');
    clock.advance(30_000);
    await verify(await tokenOf('two'));
    await verify(await tokenOf('one'));
    expect(state.asked).toBe(2);
  });

  it('that were removed are gone after five minutes', async () => {
    const { clock, add, tokenOf, verify, state } = await issuer();
    const old = await tokenOf('one');
    await verify(old);
    await add('two');
    state.keys.splice(0, 1);
    clock.advance(299_000);
    await verify(old);
    clock.advance(1000);
    await expect(verify(old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('are asked for at most once in half a minute, whatever tokens name', async () => {
    const { clock, add, tokenOf, verify, state } = await issuer();
    await verify(await tokenOf('one'));
    await add('unknown');
    state.keys.pop();
    const storm = async () => {
      const token = await tokenOf('unknown');
      const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => verify(token)));
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    };
    await storm();
    expect(state.asked).toBe(1);
    clock.advance(30_000);
    await storm();
    await storm();
    expect(state.asked).toBe(2);
  });

  it('go on within their time while the issuer is out, and then are none', async () => {
    const { clock, tokenOf, verify, state } = await issuer();
    const token = await tokenOf('one');
    await verify(token);
    state.isOut = true;
    clock.advance(299_000);
    await verify(token);
    clock.advance(1000);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => verify(token)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'issuer_unavailable' } });
    }
    expect(state.asked).toBe(2);
    state.isOut = false;
    clock.advance(30_000);
    await verify(token);
  });

  it.each<[string, RequestListener]>([
    ['garbage', (_, response) => void response.end('<html>')],
    ['no JWKS', (_, response) => void response.end('{"keys":{}}')],
    ['a redirect', (_, response) => void response.writeHead(302, { location: '/jwks' }).end()],
    ['an error', (_, response) => void response.writeHead(500).end('{"keys":[]}')],
    [
      'something without end',
      (_, response) => {
        const more = () =>
          void (response.write('x'.repeat(65_536))
            ? setImmediate(more)
            : response.once('drain', more));
        more();
      },
    ],
    [
      'too many keys',
      (_, response) => {
        const keys = Array.from({ length: 101 }, () => ({ kty: 'EC' }));
        response.end(JSON.stringify({ keys }));
      },
    ],
  ])('that are %s are no keys', async (_, listener) => {
    const keys = new IssuerKeys(await serve(listener), new ManualClock());
    const asked = keys.get({ alg: 'ES256', kid: 'one' }, { payload: '', signature: '' });
    await expect(asked).rejects.toMatchObject({ code: 'issuer_unavailable' });
  });

  it('that do not come within three seconds are no keys', async () => {
    const keys = new IssuerKeys(await serve(() => undefined), new ManualClock());
    const beganAt = performance.now();
    const asked = keys.get({ alg: 'ES256', kid: 'one' }, { payload: '', signature: '' });
    await expect(asked).rejects.toMatchObject({ code: 'issuer_unavailable' });
    expect(performance.now() - beganAt).toBeLessThan(6000);
    await sleep(0);
  });

  it('that are symmetric are left out, and private parts, too', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const whole = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256' };
    const shared = { kty: 'oct', k: Buffer.alloc(32).toString('base64url'), kid: 'oct' };
    const url = await serve(
      (_, response) => void response.end(JSON.stringify({ keys: [whole, shared] })),
    );
    const keys = new IssuerKeys(url, new ManualClock());
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(privateKey);
    await jwtVerify(token, keys.get);
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(Buffer.alloc(32));
    await expect(jwtVerify(forged, keys.get)).rejects.toThrow();
  });
});
