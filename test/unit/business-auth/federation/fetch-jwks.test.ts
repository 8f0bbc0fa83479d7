import { gzipSync } from 'node:zlib';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchJwks } from '../../../../src/business-auth/federation/fetch-jwks.js';
import { JwksServer } from '../../../support/jwks-server.js';

let server: JwksServer;
let publicKey: JWK;
let privateKey: JWK;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  [publicKey, privateKey] = [await exportJWK(pair.publicKey), await exportJWK(pair.privateKey)];
  server = await JwksServer.start();
});
afterAll(() => server?.stop());
beforeEach(() => {
  server.requests = 0;
});

test('public keys are returned with what they say of their use, and nothing else', async () => {
  const rsa = await exportJWK((await generateKeyPair('RS256')).publicKey);
  const okp = await exportJWK((await generateKeyPair('Ed25519')).publicKey);
  const said = { kid: 'one', use: 'sig', alg: 'ES256', key_ops: ['verify'] };
  const certified = { ...publicKey, ...said, x5c: ['MIIB'], x5u: 'https://thief.example', ext: 1 };
  server.serve({ keys: [certified, rsa, okp], more: 1 });
  expect(await fetchJwks(server.url)).toEqual({ keys: [{ ...publicKey, ...said }, rsa, okp] });
});

test('private, symmetric, weak and unknown keys are left out, whatever stands beside them', async () => {
  const good = { ...publicKey, kid: 'good' };
  server.serve({
    keys: [
      { ...privateKey, kid: 'private' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
      { ...publicKey, k: 'c2VjcmV0' },
      { kty: 'RSA', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB' },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
      { ...publicKey, crv: 'secp256k1' },
      { ...publicKey, kid: 7 },
      { ...publicKey, use: ['sig'] },
      { ...publicKey, key_ops: 'verify' },
      ...[null, 1, 'key', [], {}],
      good,
    ],
  });
  expect(await fetchJwks(server.url)).toEqual({ keys: [good] });
});

test.each([
  ['nothing', ''],
  ['no JSON', '<html>'],
  ['no object', '[]'],
  ['null', 'null'],
  ['no keys', '{}'],
  ['keys that are no array', '{"keys":{"length":1}}'],
  ['half of it', '{"keys":['],
  ['more than a hundred keys', JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) })],
])('%s is refused', async (_, body) => {
  server.serve(body);
  await expect(fetchJwks(server.url)).rejects.toThrow();
});

test('what is no UTF-8 is refused', async () => {
  server.answer = (_, response) =>
    response
      .writeHead(200)
      .end(
        Buffer.concat([Buffer.from('{"keys":[],"x":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      );
  await expect(fetchJwks(server.url)).rejects.toThrow();
});

test.each([201, 204, 304, 400, 404, 500, 503])('status %d is refused', async (status) => {
  server.answer = (_, response) => response.writeHead(status).end('{"keys":[]}');
  await expect(fetchJwks(server.url)).rejects.toThrow();
});

test.each([301, 302, 303, 307, 308])('a redirect (%d) is not followed', async (status) => {
  server.answer = (_, response) =>
    response.writeHead(status, { location: `${server.origin}/elsewhere` }).end();
  await expect(fetchJwks(server.url)).rejects.toThrow();
  expect(server.requests).toBe(1);
});

test('more than 256 KiB are not read, told ahead, in pieces without end, or packed', async () => {
  const large = JSON.stringify({ keys: [], padding: 'x'.repeat(256 * 1024) });
  server.serve(large);
  await expect(fetchJwks(server.url)).rejects.toThrow(/too large/);

  let sent = 0;
  let isClosed: Promise<void> | undefined;
  server.answer = (_, response) => {
    isClosed = new Promise((resolve) => response.once('close', resolve));
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384;
      sent += 16_384;
    };
    response.on('drain', more);
    more();
  };
  await expect(fetchJwks(server.url)).rejects.toThrow(/too large/);
  await isClosed;
  expect(sent).toBeLessThan(16 * 1024 * 1024);

  const packed = gzipSync(JSON.stringify({ keys: [], padding: ' '.repeat(64 * 1024 * 1024) }));
  expect(packed.length).toBeLessThan(128 * 1024);
  server.answer = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  await expect(fetchJwks(server.url)).rejects.toThrow(/too large/);
});

test('256 KiB are read', async () => {
  const padding = 'x'.repeat(256 * 1024 - JSON.stringify({ keys: [], padding: '' }).length);
  server.serve({ keys: [], padding });
  expect(await fetchJwks(server.url)).toEqual({ keys: [] });
});

test('after three seconds it ends, be the server silent or slow', async () => {
  const drips: NodeJS.Timeout[] = [];
  const answers = [
    () => undefined,
    (response: Parameters<typeof server.answer>[1]) => {
      response.writeHead(200).write('{"keys":[');
      drips.push(setInterval(() => response.write(' '), 100));
    },
  ];
  server.answer = (_, response) => answers[server.requests - 1]?.(response);
  const beganAt = performance.now();
  const outcomes = await Promise.allSettled([fetchJwks(server.url), fetchJwks(server.url)]);
  const tookMs = performance.now() - beganAt;
  for (const drip of drips) clearInterval(drip);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(tookMs).toBeGreaterThan(2900);
  expect(tookMs).toBeLessThan(6000);
});

test('where nobody listens it fails', async () => {
  await expect(fetchJwks('http://127.0.0.1:1/jwks')).rejects.toThrow();
});
