import { type Answer, send } from './broker-http.js';

export interface MintBody {
  readonly userId: string;
  readonly platformId: number;
  readonly deviceId?: string;
  readonly ttlSeconds?: number;
  readonly scope?: string;
}

export interface Minted {
  readonly token: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
  readonly expiresAt: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly platformId: number;
  readonly deviceId: string | null;
  readonly kicked: readonly KickedSession[];
}

export interface KickedSession {
  readonly sessionId: string;
  readonly platformId: number;
  readonly deviceId: string | null;
}

export interface Inspected {
  readonly status: string;
  readonly active: boolean;
  readonly userId?: string;
  readonly platformId?: number;
  readonly sessionId?: string;
  readonly deviceId?: string | null;
  readonly issuedAt?: string;
  readonly expiresAt?: string;
  readonly keyId?: string;
  readonly causes: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[];
}

export interface Renewed {
  readonly token: string;
  readonly expiresIn: number;
  readonly renewed: boolean;
}

export interface Revoked {
  readonly id: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly affectedSessions: number | null;
  readonly restoredAt?: string;
  readonly restoredBy?: string;
  readonly restoredReason?: string;
  readonly restoredSessions?: number | null;
}

export interface Restored {
  readonly id: string;
  readonly restoredAt: string;
  readonly restoredBy: string;
  readonly affectedSessions: number | null;
}

/** A signing key as `/v1/keys` shows it. */
export interface ShownKey {
  readonly id: string;
  readonly ring: string;
  readonly algorithm: string;
  readonly state: string;
  readonly publishedAt: string;
  readonly activatedAt: string | null;
  readonly revokedAt: string | null;
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
  readonly signsUntil: string;
}

/** What a rotation or the killing of a key has led to. */
export interface RingChange {
  readonly ring: string;
  readonly active: ShownKey;
  readonly upcoming: ShownKey;
  readonly publishedLongEnough: boolean;
}

/** An error as RFC 9457 writes it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export interface NewApp {
  readonly id: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly secret: NewSecret;
}

export interface NewSecret {
  readonly id: string;
  readonly secret: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
}

/** A caller of `/v1` with one token. */
export class NativeClient {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  /** Sends anything, with the token where there is one. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return send(this.url + path, {
      method,
      body,
      headers: {
        ...(this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
  }

  /** Mints; throws where that is refused. `key`: the Idempotency-Key. */
  async mint(body: MintBody, key?: string): Promise<Minted> {
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    return expected<Minted>(201, await this.send('POST', '/v1/im/tokens', body, headers));
  }

  async inspect(token: string): Promise<Inspected> {
    return expected<Inspected>(200, await this.send('POST', '/v1/im/tokens/inspect', { token }));
  }

  async change(userId: string, changes: object): Promise<void> {
    const path = `/v1/im/users/${encodeURIComponent(userId)}`;
    expected(200, await this.send('PATCH', path, changes));
  }

  async createApp(id: string, settings: object = {}): Promise<NewApp> {
    return expected<NewApp>(201, await this.send('POST', '/v1/apps', { id, settings }));
  }

  /** Revokes; throws where that is refused. */
  async revoke(target: object, reason?: string): Promise<Revoked> {
    const answer = await this.send('POST', '/v1/revocations', { target, reason });
    return expected<Revoked>(201, answer);
  }

  /** Takes a revocation back; throws where that is refused. */
  async restore(id: string, reason = 'a mistake'): Promise<Restored> {
    const answer = await this.send('POST', `/v1/revocations/${id}/restore`, { reason });
    return expected<Restored>(200, answer);
  }

  async keys(ring?: string): Promise<readonly ShownKey[]> {
    const answer = await this.send('GET', '/v1/keys');
    const { keys } = expected<{ keys: ShownKey[] }>(200, answer);
    return ring === undefined ? keys : keys.filter((key) => key.ring === ring);
  }

  async revokeKey(id: string, reason = 'leaked'): Promise<RingChange & { revoked: ShownKey }> {
    const answer = await this.send('POST', `/v1/keys/${id}/revoke`, { reason });
    return expected<RingChange & { revoked: ShownKey }>(200, answer);
  }

  async rotateKeys(body?: object): Promise<RingChange> {
    return expected<RingChange>(200, await this.send('POST', '/v1/keys/rotate', body));
  }

  /** Renews the token that this client has. */
  renew(): Promise<Answer> {
    return this.send('POST', '/v1/me/im-token/renew');
  }
}

/** The problem of an answer. Throws where there is none. */
export function problemOf(answer: Answer): Problem {
  if (!answer.headers['content-type']?.startsWith('application/problem+json')) {
    throw new Error(`no problem: HTTP ${answer.status}: ${answer.text}`);
  }
  return answer.json<Problem>();
}

/** The body of an answer that has this status. Throws for another one. */
export function expected<T>(status: number, answer: Answer): T {
  if (answer.status !== status) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
  return answer.json<T>();
}
