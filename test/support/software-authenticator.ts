import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What of the options for `navigator.credentials.create` and `.get` an authenticator looks at. */
export interface Asked {
  readonly challenge: string;
}

/** Bits of an authenticator's flags (WebAuthn §6.1). */
const [USER_PRESENT, USER_VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

/**
 * An authenticator with one passkey, and the browser around it: the bytes of WebAuthn Level 3 §6,
 * signed for real with ES256.
 */
export class SoftwareAuthenticator {
  readonly credentialId = randomBytes(32).toString('base64url');
  readonly #privateKey: KeyObject;
  readonly #publicJwk: { readonly x: string; readonly y: string };
  /** The counter of the next assertion. */
  counter = 1;
  /** Whether it makes sure of its user. */
  verifiesUser = true;

  constructor(
    private readonly rpId: string,
    private readonly origin: string,
  ) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    this.#publicJwk = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  }

  /** What `navigator.credentials.create` comes to, as JSON. */
  create({ challenge }: Asked) {
    const credentialId = Buffer.from(this.credentialId, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credentialId.length);
    const attested = [Buffer.alloc(16), length, credentialId, this.#coseKey()];
    const authData = Buffer.concat([this.#authData(ATTESTED, 0), ...attested]);
    return this.#credential({
      clientDataJSON: this.#clientData('webauthn.create', challenge).toString('base64url'),
      attestationObject: attestationObject(authData).toString('base64url'),
      transports: ['internal'],
    });
  }

  /** What `navigator.credentials.get` comes to, as JSON. */
  get({ challenge }: Asked) {
    const authData = this.#authData(0, this.counter);
    this.counter += 1;
    const clientData = this.#clientData('webauthn.get', challenge);
    const hash = createHash('sha256').update(clientData).digest();
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', Buffer.concat([authData, hash]), this.#privateKey).toString(
        'base64url',
      ),
    });
  }

  #credential<Response extends object>(response: Response) {
    const id = this.credentialId;
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} };
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(
      JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }),
    );
  }

  #authData(more: number, counter: number): Buffer {
    const flags = USER_PRESENT | (this.verifiesUser ? USER_VERIFIED : 0) | more;
    const counted = Buffer.alloc(4);
    counted.writeUInt32BE(counter);
    const rpIdHash = createHash('sha256').update(this.rpId).digest();
    return Buffer.concat([rpIdHash, Buffer.from([flags]), counted]);
  }

  /** `{1: 2, 3: -7, -1: 1, -2: x, -3: y}` in CBOR (RFC 9053 §7.1.1). */
  #coseKey(): Buffer {
    const [x, y] = [this.#publicJwk.x, this.#publicJwk.y].map((part) =>
      Buffer.from(part, 'base64url'),
    );
    const head = Buffer.from('a5010203262001215820', 'hex');
    return Buffer.concat([head, x!, Buffer.from('225820', 'hex'), y!]);
  }
}

/** `{"fmt": "none", "attStmt": {}, "authData": …}` in CBOR. */
function attestationObject(authData: Buffer): Buffer {
  const head = Buffer.concat([
    Buffer.from([0xa3, 0x63]),
    Buffer.from('fmt'),
    Buffer.from([0x64]),
    Buffer.from('none'),
    Buffer.from([0x67]),
    Buffer.from('attStmt'),
    Buffer.from([0xa0, 0x68]),
    Buffer.from('authData'),
    Buffer.from([0x59]),
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(authData.length);
  return Buffer.concat([head, length, authData]);
}
