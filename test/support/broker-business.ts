import { type Answer, send } from './broker-http.js';
import { expected, type Minted } from './broker-native.js';
import { postForm } from './broker-oauth2.js';
import type { DpopKey } from './dpop-key.js';

/** What a login, a refresh and a changed password are answered with. */
export interface Tokens {
  readonly accessToken: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly sessionId: string;
  readonly userId: string;
}

/** What the first of two steps is answered with. */
export interface FirstStep {
  readonly mfaRequired: true;
  readonly mfaToken: string;
  readonly methods: readonly string[];
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly deviceId?: string;
}

export interface Registration extends Credentials {
  readonly email?: string;
  readonly phone?: string;
}

export interface BusinessSessionShown {
  readonly sessionId: string;
  readonly current: boolean;
  readonly clientId: string;
  readonly deviceId: string | null;
  readonly startedAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
}

/** As RFC 8693 §2.2.1 has it, and what of a user token is told besides. */
export interface ExchangedToken {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly session_id: string;
  readonly user_id: string;
}

export interface ClientOptions {
  /** (`web`) */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Sends a proof with every request. */
  readonly key?: DpopKey;
  /** Of the installation; (the broker's own). */
  readonly publicUrl?: string;
  /** The address that it calls from, as a proxy on the loopback says that brokers trust. */
  readonly address?: string;
}

/** A password that is strong enough. */
export const PASSWORD = 'seven brown otters dance';
/** Another one. */
export const NEW_PASSWORD = 'eleven green herons sing';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** A client of the business tier at one broker: a web page, an app. */
export class BusinessClient {
  readonly clientId: string;

  constructor(
    readonly url: string,
    readonly options: ClientOptions = {},
  ) {
    this.clientId = options.clientId ?? 'web';
  }

  /** The same client, calling from another address. */
  from(address: string): BusinessClient {
    return new BusinessClient(this.url, { ...this.options, address });
  }

  /** The same client at another broker. */
  at(url: string): BusinessClient {
    return new BusinessClient(url, { publicUrl: this.#publicUrl, ...this.options });
  }

  /** Sends anything; `token`: an access token, shown as the client shows its own. */
  async send(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const { key, address } = this.options;
    const scheme = key === undefined ? 'Bearer' : 'DPoP';
    return send(this.url + path, {
      method,
      body,
      headers: {
        ...(await this.#proof(method, path, token)),
        ...(address === undefined ? {} : { 'X-Forwarded-For': address }),
        ...(token === undefined ? {} : { Authorization: `${scheme} ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
    });
  }

  /** Returns the account's id. */
  async register(registration: Registration): Promise<string> {
    const answer = await this.sendRegistration(registration);
    return expected<{ userId: string }>(201, answer).userId;
  }

  sendRegistration({ deviceId: _, ...registration }: Registration): Promise<Answer> {
    return this.send('POST', '/v1/auth/register', { ...registration, ...this.#self() });
  }

  sendLogin({ username, password, deviceId }: Credentials): Promise<Answer> {
    const body = { username, password, deviceId, ...this.#self() };
    return this.send('POST', '/v1/auth/login', body);
  }

  /** Logs in with a password alone. */
  async logIn(credentials: Credentials): Promise<Tokens> {
    const answer = expected<Tokens | FirstStep>(200, await this.sendLogin(credentials));
    if ('mfaRequired' in answer) throw new Error('a second factor is asked for');
    return answer;
  }

  /** The first of two steps. */
  async firstStep(credentials: Credentials): Promise<FirstStep> {
    const answer = expected<Tokens | FirstStep>(200, await this.sendLogin(credentials));
    if (!('mfaRequired' in answer)) throw new Error('no second factor is asked for');
    return answer;
  }

  sendSecondStep(mfaToken: string, code: string, method = 'totp'): Promise<Answer> {
    return this.send('POST', '/v1/auth/login/mfa', { mfaToken, method, code });
  }

  async secondStep(mfaToken: string, code: string, method = 'totp'): Promise<Tokens> {
    return expected<Tokens>(200, await this.sendSecondStep(mfaToken, code, method));
  }

  /** Begins a login by passkey alone. */
  sendPasskeyStart(): Promise<Answer> {
    return this.send('POST', '/v1/auth/login/passkey/options', this.#self());
  }

  /** Ends it, with an answer of no authenticator. */
  sendPasskey(passkeyToken: string): Promise<Answer> {
    const credential = { id: 'none', type: 'public-key', response: {} };
    const body = { passkeyToken, credential, ...this.#self() };
    return this.send('POST', '/v1/auth/login/passkey', body);
  }

  sendRefresh(refreshToken: string, deviceId?: string): Promise<Answer> {
    return this.send('POST', '/v1/auth/refresh', { refreshToken, deviceId, ...this.#self() });
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    return expected<Tokens>(200, await this.sendRefresh(refreshToken));
  }

  sendExchange(accessToken: string, platformId = 1, deviceId?: string): Promise<Answer> {
    const body = { platformId, deviceId };
    return this.send('POST', '/v1/me/im-token', body, accessToken);
  }

  /** Gets a user token by `POST /v1/me/im-token`. */
  async exchange(accessToken: string, platformId = 1, deviceId?: string): Promise<Minted> {
    const answer = await this.sendExchange(accessToken, platformId, deviceId);
    return expected<Minted>(201, answer);
  }

  /** `POST /oauth2/token` with the client's own credentials, or those in `headers`. */
  async grant(
    parameters: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const { clientSecret: secret } = this.options;
    const self = {
      client_id: this.clientId,
      ...(secret === undefined ? {} : { client_secret: secret }),
    };
    const form = headers === undefined ? { ...self, ...parameters } : parameters;
    const proof = await this.#proof('POST', '/oauth2/token');
    return postForm(this.url, form, { ...proof, ...headers });
  }

  /** The exchange as RFC 8693 has it. */
  grantExchange(
    accessToken: string,
    headers?: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const subject = { subject_token: accessToken, subject_token_type: ACCESS_TOKEN };
    const form = { grant_type: TOKEN_EXCHANGE, ...subject, platform_id: '1', ...more };
    return this.grant(form, headers);
  }

  sendStepUp(accessToken: string, proof: { password: string } | { code: string }): Promise<Answer> {
    return this.send('POST', '/v1/auth/step-up', proof, accessToken);
  }

  /** Returns a fresh access token. */
  async stepUp(
    accessToken: string,
    proof: { password: string } | { code: string },
  ): Promise<string> {
    const answer = await this.sendStepUp(accessToken, proof);
    return expected<{ accessToken: string }>(200, answer).accessToken;
  }

  sendPassword(accessToken: string, currentPassword: string, newPassword: string): Promise<Answer> {
    const body = { currentPassword, newPassword };
    return this.send('POST', '/v1/auth/password', body, accessToken);
  }

  async changePassword(accessToken: string, current: string, next: string): Promise<Tokens> {
    return expected<Tokens>(200, await this.sendPassword(accessToken, current, next));
  }

  async sessions(accessToken: string): Promise<readonly BusinessSessionShown[]> {
    const answer = await this.send('GET', '/v1/auth/sessions', undefined, accessToken);
    return expected<{ sessions: BusinessSessionShown[] }>(200, answer).sessions;
  }

  /** Ends one session. */
  end(accessToken: string, sessionId: string): Promise<Answer> {
    return this.send('DELETE', `/v1/auth/sessions/${sessionId}`, undefined, accessToken);
  }

  logOut(accessToken: string): Promise<Answer> {
    return this.send('POST', '/v1/auth/logout', undefined, accessToken);
  }

  logOutAll(accessToken: string): Promise<Answer> {
    return this.send('POST', '/v1/auth/logout-all', undefined, accessToken);
  }

  /** The secret of a new authenticator app. */
  async offerTotp(accessToken: string): Promise<string> {
    const answer = await this.send('POST', '/v1/auth/mfa/totp', undefined, accessToken);
    return expected<{ secret: string }>(200, answer).secret;
  }

  sendConfirmTotp(accessToken: string, code: string): Promise<Answer> {
    return this.send('POST', '/v1/auth/mfa/totp/confirm', { code }, accessToken);
  }

  /** Returns recovery codes. */
  async confirmTotp(accessToken: string, code: string): Promise<readonly string[]> {
    const answer = await this.sendConfirmTotp(accessToken, code);
    return expected<{ recoveryCodes: string[] }>(200, answer).recoveryCodes;
  }

  removeTotp(accessToken: string): Promise<Answer> {
    return this.send('DELETE', '/v1/auth/mfa/totp', undefined, accessToken);
  }

  sendRecovery(whose: { username: string } | { email: string }): Promise<Answer> {
    return this.send('POST', '/v1/auth/recovery/start', { ...whose, ...this.#self() });
  }

  /** Returns the token that the code has to be shown with. */
  async startRecovery(whose: { username: string } | { email: string }): Promise<string> {
    const answer = await this.sendRecovery(whose);
    return expected<{ recoveryToken: string }>(202, answer).recoveryToken;
  }

  completeRecovery(recoveryToken: string, code: string, newPassword: string): Promise<Answer> {
    return this.send('POST', '/v1/auth/recovery/complete', { recoveryToken, code, newPassword });
  }

  get #publicUrl(): string {
    return this.options.publicUrl ?? this.url;
  }

  #self() {
    const { clientSecret } = this.options;
    return { clientId: this.clientId, ...(clientSecret === undefined ? {} : { clientSecret }) };
  }

  async #proof(method: string, path: string, accessToken?: string) {
    const { key } = this.options;
    if (key === undefined) return {};
    const shown = accessToken === undefined ? {} : { accessToken };
    return { DPoP: await key.proof({ method, url: this.#publicUrl + path, ...shown }) };
  }
}
