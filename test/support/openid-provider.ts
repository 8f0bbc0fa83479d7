import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

const CLIENT = { id: 'chat', redirect: 'https://chat.example/callback' };

/**
 * A real OpenID provider on the loopback, where people log in by the authorization code flow with
 * PKCE. Its keys can be exchanged, and the requests for them are counted.
 */
export class OpenIdProvider {
  readonly #server: Server;
  #keys: readonly JWK[] = [];
  #provider: Provider | undefined;
  /** Requests for the JWKS. */
  asked = 0;

  private constructor(
    server: Server,
    readonly issuer: string,
  ) {
    this.#server = server;
    server.on('request', (request, response) => {
      if (request.url === '/jwks') this.asked += 1;
      void this.#provider?.callback()(request, response);
    });
  }

  static async start(): Promise<OpenIdProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const provider = new OpenIdProvider(server, `http://127.0.0.1:${port}`);
    await provider.addKey();
    return provider;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** The `aud` of its tokens. */
  get audience(): string {
    return CLIENT.id;
  }

  /** Signs with a new key from now on; the old ones stay published unless they are dropped. */
  async addKey({ dropOthers = false } = {}): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key = {
      ...(await exportJWK(privateKey)),
      kid: randomBytes(8).toString('hex'),
      use: 'sig',
    };
    this.#keys = dropOthers ? [key] : [key, ...this.#keys];
    this.#provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: randomBytes(24).toString('hex'),
          redirect_uris: [CLIENT.redirect],
          token_endpoint_auth_method: 'none',
        },
      ],
      jwks: { keys: [...this.#keys] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      // What people do in a browser, by forms that a test can send.
      features: { devInteractions: { enabled: true } },
      pkce: { required: () => true },
    });
  }

  /** Logs a person in and returns their ID token. */
  async idToken(login: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const asked = new URLSearchParams({
      ...{ client_id: CLIENT.id, redirect_uri: CLIENT.redirect, response_type: 'code' },
      ...{ scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' },
      nonce: 'nonce',
    });
    const browser = new Browser();
    let at = await browser.open(`${this.issuer}/auth?${asked.toString()}`);
    for (const form of [{ prompt: 'login', login, password: 'x' }, { prompt: 'consent' }]) {
      at = await browser.open(at, new URLSearchParams(form));
    }
    const code = new URL(at).searchParams.get('code') ?? '';
    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', code, client_id: CLIENT.id },
        ...{ redirect_uri: CLIENT.redirect, code_verifier: verifier },
      }),
    });
    const { id_token: token } = (await answer.json()) as { id_token?: string };
    if (token === undefined) throw new Error('the provider gave no ID token');
    return token;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Keeps cookies and follows redirects, until there is a page or another site. */
class Browser {
  readonly #cookies = new Map<string, string>();

  /** Returns where it ended up. */
  async open(url: string, form?: URLSearchParams): Promise<string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { body: form }),
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      const equals = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (location === null) return url;
    const next = new URL(location, url);
    return next.hostname === '127.0.0.1' ? this.open(next.href) : next.href;
  }
}
