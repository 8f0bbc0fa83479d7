import {
  createLocalJWKSet,
  generateKeyPair,
  importPKCS8,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyView } from '../../../src/keys/key-view.js';
import { unsealPrivateKey } from '../../../src/keys/sealed-key.js';
import type { KeyRow } from '../../../src/ports/control-ledger.port.js';
import type { LocalMasterKey } from '../../../src/stores/local/local-master-key.js';
import { accepts, CLAIMS, newMasterKey, TYPE, viewOf, wholeRing } from './key-fixtures.js';

let masterKey: LocalMasterKey;
let ec: KeyRow;
let secret: KeyRow;
let view: KeyView;

beforeAll(async () => {
  masterKey = newMasterKey();
  const [shared, acme] = await Promise.all([
    wholeRing('shared', masterKey),
    wholeRing('app:acme', masterKey),
  ]);
  view = await viewOf([...shared, ...acme], masterKey);
  const [first, second] = [shared[0], acme[0]];
  if (first === undefined || second === undefined) throw new Error('The rings are empty.');
  [ec, secret] = [first, second];
});

function jwksAsFetched(): JSONWebKeySet {
  return JSON.parse(JSON.stringify(view.jwks())) as JSONWebKeySet;
}

describe('what we sign', () => {
  it('with ES256, jose verifies by the JWKS alone', async () => {
    const token = await view.signer('shared').sign(TYPE, CLAIMS);
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createLocalJWKSet(jwksAsFetched()),
      {
        algorithms: ['ES256'],
        typ: TYPE,
        issuer: CLAIMS.iss,
      },
    );
    expect(payload).toEqual(CLAIMS);
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: ec.id, typ: TYPE });
  });

  it('with HS256, jose verifies by the secret, and by no JWKS', async () => {
    const token = await view.signer('app:acme').sign(TYPE, CLAIMS);
    const bytes = await unsealPrivateKey(secret.sealedPrivate, secret, masterKey);
    const { payload } = await jwtVerify(token, bytes, { algorithms: ['HS256'], typ: TYPE });
    expect(payload).toEqual(CLAIMS);
    await expect(jwtVerify(token, createLocalJWKSet(jwksAsFetched()))).rejects.toThrow();
  });
});

describe('what jose signs', () => {
  it('with our ES256 key verifies here, with members of the header that we do not write, too', async () => {
    const der = await unsealPrivateKey(ec.sealedPrivate, ec, masterKey);
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----`;
    const token = await new SignJWT({ ...CLAIMS })
      .setProtectedHeader({ typ: TYPE, cty: 'x', kid: ec.id, alg: 'ES256' })
      .sign(await importPKCS8(pem, 'ES256'));
    expect(accepts(view, token)).toBe(true);
  });

  it('with our HS256 secret verifies here', async () => {
    const bytes = await unsealPrivateKey(secret.sealedPrivate, secret, masterKey);
    const token = await new SignJWT({ ...CLAIMS })
      .setProtectedHeader({ alg: 'HS256', kid: secret.id, typ: TYPE })
      .sign(bytes);
    expect(accepts(view, token)).toBe(true);
  });

  it('with a key of its own is refused under our kid', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({ ...CLAIMS })
      .setProtectedHeader({ alg: 'ES256', kid: ec.id, typ: TYPE })
      .sign(privateKey);
    expect(accepts(view, token)).toBe(false);
  });
});
