import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';

/** What the broker's user tokens look like: the same header, claims and algorithm. */
export class FloorTokens {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #header = base64url({
    alg: 'ES256',
    kid: randomBytes(32).toString('base64url'),
    typ: 'im+jwt',
  });

  constructor(private readonly issuer: string) {}

  /** On the thread pool, as the broker does it: the floor has the same second core. */
  sign(userId: string, sessionId: string, lifetimeSeconds: number): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const payload = base64url({
      iss: this.issuer,
      sub: userId,
      aud: 'default',
      jti: `${sessionId}.${randomBytes(6).toString('base64url')}`,
      sid: sessionId,
      iat,
      exp: iat + lifetimeSeconds,
      ver: 1,
      scope: 'im:connect im:renew',
      UserID: userId,
      PlatformID: 1,
    });
    const signingInput = `${this.#header}.${payload}`;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const key = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    sign('sha256', Buffer.from(signingInput, 'latin1'), key, (error, signature) => {
      if (error === null) resolve(`${signingInput}.${signature.toString('base64url')}`);
      else reject(error);
    });
    return promise;
  }

  /** One ES256 verification; of a token of somebody else's key it costs the same. */
  verify(token: string): boolean {
    const dot = token.lastIndexOf('.');
    return verify(
      'sha256',
      Buffer.from(token.slice(0, dot), 'latin1'),
      { key: this.#keys.publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(token.slice(dot + 1), 'base64url'),
    );
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
