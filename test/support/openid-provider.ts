import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';

const CLIENT_ID = 'chat';
const REDIRECT_URI = 'https://chat.example/signed-in';

/** What it can sign ID tokens with. */
const ALGORITHMS = ['ES256', 'ES384', 'Ed25519', 'PS256', 'RS256'] as const;

/** What somebody has after having signed in. */
export interface SignedIn {
  readonly idToken: string;
  /** A JWT (RFC 9068) for the resource that was asked for. */
  readonly accessToken: string;
}

/** A private key with its id, to sign with. */
export async function providerKey(kid: string, alg = 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

/**
 * A real OpenID provider on the loopback, where whoever names a person is that person. Its keys can
 * be changed while it runs, and its JWKS can be counted, and be out.
 */
export class OpenidProvider {
  /** The `aud` of its ID tokens. */
  readonly clientId = CLIENT_ID;
  /** The `aud` of its access tokens. */
  readonly resource = 'https://api.chat.example';
  /** How often its JWKS was asked for. */
  jwksRequests = 0;
  /** Whether it answers for its JWKS with 503. */
  isOut = false;
  #provider: Provider | undefined;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(keys: readonly JWK[]): Promise<OpenidProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const provider = new OpenidProvider(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => void provider.#answer(request, response));
    provider.useKeys(keys);
    return provider;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Signs with the first of these from now on, and publishes them all. */
  useKeys(keys: readonly JWK[]): void {
    this.#provider = new Provider(this.issuer, this.#configuration(keys));
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Signs somebody in: the authorization code flow with PKCE, as a browser and a client walk it. */
  async signIn(person: string): Promise<SignedIn> {
    const verifier = randomBytes(32).toString('base64url');
    const code = await this.#walk({
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
      resource: this.resource,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: person,
    });
    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', client_id: CLIENT_ID, code },
        ...{ redirect_uri: REDIRECT_URI, code_verifier: verifier, resource: this.resource },
      }),
    });
    if (answer.status !== 200) throw new Error(`no token: ${await answer.text()}`);
    const tokens = (await answer.json()) as { id_token: string; access_token: string };
    return { idToken: tokens.id_token, accessToken: tokens.access_token };
  }

  /** Follows redirects with their cookies until they lead to the client, with a code. */
  async #walk(parameters: Readonly<Record<string, string>>): Promise<string> {
    const cookies = new Map<string, string>();
    let url = new URL(`${this.issuer}/auth?${new URLSearchParams(parameters).toString()}`);
    for (let step = 0; step < 10; step += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`stuck at ${url.pathname}: ${await answer.text()}`);
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      url = new URL(location, url);
      const code = url.searchParams.get('code');
      if (url.href.startsWith(REDIRECT_URI) && code !== null) return code;
    }
    throw new Error('too many redirects');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request;
    if (url === '/jwks') {
      this.jwksRequests += 1;
      if (this.isOut) return void response.writeHead(503).end();
    }
    if (url.startsWith('/signing-in/')) return this.#takeForWhomTheySay(request, response);
    await this.#provider?.callback()(request, response);
  }

  async #takeForWhomTheySay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.#provider!;
    const { params } = await provider.interactionDetails(request, response);
    const login = { accountId: String(params['login_hint']) };
    await provider.interactionFinished(request, response, { login });
  }

  #configuration(keys: readonly JWK[]): Configuration {
    const alg = (keys[0]?.alg ?? 'ES256') as (typeof ALGORITHMS)[number];
    return {
      jwks: { keys: [...keys] },
      clients: [
        {
          client_id: CLIENT_ID,
          token_endpoint_auth_method: 'none',
          redirect_uris: [REDIRECT_URI],
          id_token_signed_response_alg: alg,
          require_auth_time: true,
        },
      ],
      ttl: { AccessToken: 3600, Grant: 3600, IdToken: 3600, Interaction: 600, Session: 3600 },
      cookies: { keys: ['not a secret'] },
      enabledJWA: { idTokenSigningAlgValues: [...ALGORITHMS] },
      interactions: { url: (_, { uid }) => `/signing-in/${uid}` },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
      // Nobody is asked whether they consent.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({
          accountId: oidc.session!.accountId!,
          clientId: oidc.client!.clientId,
        });
        grant.addOIDCScope('openid');
        grant.addResourceScope(this.resource, '');
        await grant.save();
        return grant;
      },
      features: {
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: '',
            audience: this.resource,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg } },
          }),
        },
      },
    };
  }
}
