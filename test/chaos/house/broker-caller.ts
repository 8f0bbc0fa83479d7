import type { BrokerProcess } from '../../support/broker-process.js';
import type { Answer } from '../../support/broker-http.js';
import { NativeClient, problemOf } from '../../support/broker-native.js';
import { type Envelope, OpenimClient } from '../../support/broker-openim.js';
import type { ModelApp } from '../model/slot.js';
import { nowMs } from '../now.js';

/** An app and what its business server holds: an admin token that outlives the run. */
export interface AppAccess extends ModelApp {
  readonly prefix: string;
  readonly adminToken: string;
}

/** What came of a call. */
export type Reply<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** A clear no: the broker's code for it. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The broker can't now: the ledger is out, or too much waits. */
  | { readonly kind: 'unavailable'; readonly why: string }
  /** No answer came. */
  | { readonly kind: 'silent'; readonly why: string };

/** Longer than a broker ever takes; after that nobody waits any more. */
const PATIENCE_MS = 20_000;
const OPENIM_ENDED = 1506;
const OPENIM_FAILED = 500;

/** Calls one broker, and tells what came of it in the same words for both dialects. */
export class BrokerCaller {
  /** Calls that have not been answered. */
  waiting = 0;

  constructor(
    readonly number: number,
    readonly broker: BrokerProcess,
  ) {}

  mintOpenim(app: AppAccess, userId: string, platformId: number): Promise<Reply<string>> {
    const client = new OpenimClient(this.broker.url, app.prefix);
    return this.#openim(
      () => client.getUserToken(app.adminToken, userId, platformId),
      ({ token }) => token,
    );
  }

  mintNative(
    app: AppAccess,
    body: { userId: string; platformId: number; deviceId?: string; ttlSeconds?: number },
  ): Promise<Reply<{ token: string; sessionId: string; expiresIn: number }>> {
    return this.native('POST', '/v1/im/tokens', app.adminToken, body);
  }

  /** Whether a token passes; `ended` is OpenIM's one word for every way in which a session ends. */
  async check(app: AppAccess, token: string): Promise<Reply<'accepted' | 'ended'>> {
    const client = new OpenimClient(this.broker.url, app.prefix);
    const reply = await this.#openim(
      () => client.parseToken(token),
      () => 'accepted' as const,
    );
    const isEnded = reply.kind === 'refused' && reply.code === String(OPENIM_ENDED);
    return isEnded ? { kind: 'done', value: 'ended' } : reply;
  }

  forceLogout(app: AppAccess, userId: string, platformId: number): Promise<Reply<unknown>> {
    const client = new OpenimClient(this.broker.url, app.prefix);
    return this.#openim(
      () => client.forceLogout(app.adminToken, userId, platformId),
      (data) => data,
    );
  }

  renew(token: string): Promise<Reply<{ token: string; expiresIn: number; renewed: boolean }>> {
    return this.native('POST', '/v1/me/im-token/renew', token);
  }

  inspect(app: AppAccess, token: string) {
    return this.native<{ status: string; causes: { type: string; revocationId?: string }[] }>(
      'POST',
      '/v1/im/tokens/inspect',
      app.adminToken,
      { token },
    );
  }

  native<T>(method: string, path: string, token: string, body?: object): Promise<Reply<T>> {
    return this.#call(async () => {
      const answer = await new NativeClient(this.broker.url, token).send(method, path, body);
      return nativeReply<T>(answer);
    });
  }

  #openim<Data, T>(
    send: () => Promise<Envelope<Data>>,
    value: (data: Data) => T,
  ): Promise<Reply<T>> {
    return this.#call(async () => {
      const { errCode, errDlt, data } = await send();
      if (errCode === OPENIM_FAILED) return { kind: 'unavailable', why: errDlt };
      if (errCode !== 0) return { kind: 'refused', code: String(errCode) };
      return { kind: 'done', value: value(data as Data) };
    });
  }

  async #call<T>(send: () => Promise<Reply<T>>): Promise<Reply<T>> {
    this.waiting += 1;
    const began = nowMs();
    const { promise: patience, resolve } = Promise.withResolvers<Reply<T>>();
    const timer = setTimeout(
      () => resolve({ kind: 'silent', why: `no answer in ${PATIENCE_MS} ms` }),
      PATIENCE_MS,
    );
    const reply = send().catch((error: unknown): Reply<T> => {
      const after = Math.round(nowMs() - began);
      return { kind: 'silent', why: `${String(error)} after ${after} ms` };
    });
    try {
      return await Promise.race([reply, patience]);
    } finally {
      clearTimeout(timer);
      this.waiting -= 1;
    }
  }
}

function nativeReply<T>(answer: Answer): Reply<T> {
  if (answer.status < 300) {
    return { kind: 'done', value: answer.text === '' ? (undefined as T) : answer.json<T>() };
  }
  const { code, detail } = problemOf(answer);
  if (answer.status >= 500) return { kind: 'unavailable', why: `${code}: ${detail}` };
  return { kind: 'refused', code };
}
