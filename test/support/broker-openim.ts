import { type Answer, send } from './broker-http.js';

/** The envelope of every answer (openimsdk/tools, `apiresp/resp.go`). */
export interface Envelope<Data = unknown> {
  readonly errCode: number;
  readonly errMsg: string;
  readonly errDlt: string;
  readonly data?: Data;
}

export interface IssuedToken {
  readonly token: string;
  readonly expireTimeSeconds: number;
}

export interface TokenOwner {
  readonly userID: string;
  readonly platformID: number;
  readonly expireTimeSeconds: number;
}

/**
 * A business server that was written for OpenIM. It sends what openimsdk/chat does
 * (`pkg/common/imapi`): header names as Go writes them, no Content-Type, every field present.
 */
export class OpenimClient {
  #calls = 0;

  constructor(
    readonly url: string,
    /** `/apps/{appId}` for an app other than `default`. */
    readonly prefix = '',
  ) {}

  /** Sends anything. */
  send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const operationId = `test-${process.pid}-${++this.#calls}`;
    return send(this.url + this.prefix + path, {
      headers: { Operationid: operationId, ...headers },
      body,
    });
  }

  /** Makes a call, and throws where the answer is not the envelope with HTTP status 200. */
  async call<Data>(path: string, body: unknown, token?: string): Promise<Envelope<Data>> {
    return envelopeOf<Data>(
      await this.send(path, body, token === undefined ? {} : { Token: token }),
    );
  }

  getAdminToken(secret: string, userID = 'imAdmin'): Promise<Envelope<IssuedToken>> {
    return this.call('/auth/get_admin_token', { secret, userID });
  }

  getUserToken(admin: string, userID: string, platformID = 1): Promise<Envelope<IssuedToken>> {
    return this.call('/auth/get_user_token', { platformID, userID }, admin);
  }

  parseToken(token: string): Promise<Envelope<TokenOwner>> {
    return this.call('/auth/parse_token', { token });
  }

  forceLogout(admin: string, userID: string, platformID = 1): Promise<Envelope> {
    return this.call('/auth/force_logout', { platformID, userID }, admin);
  }

  /** As `getAdminToken`, for tests that are about something else. */
  async admin(secret: string, userID?: string): Promise<string> {
    return tokenOf(await this.getAdminToken(secret, userID));
  }

  /** As `getUserToken`, for tests that are about something else. */
  async mint(admin: string, userID: string, platformID = 1): Promise<string> {
    return tokenOf(await this.getUserToken(admin, userID, platformID));
  }

  /** What `parse_token` says of a token: 0, or why it is refused. */
  async codeOf(token: string): Promise<number> {
    return (await this.parseToken(token)).errCode;
  }
}

/** The envelope of an answer. Throws for anything that OpenIM's callers could not read. */
export function envelopeOf<Data>(answer: Answer): Envelope<Data> {
  const type = answer.headers['content-type'] ?? '';
  if (answer.status !== 200 || !type.startsWith('application/json')) {
    throw new Error(`not OpenIM's envelope: HTTP ${answer.status}, ${type}: ${answer.text}`);
  }
  return answer.json<Envelope<Data>>();
}

function tokenOf({ data, ...error }: Envelope<IssuedToken>): string {
  if (data === undefined) throw new Error(`no token: ${JSON.stringify(error)}`);
  return data.token;
}
