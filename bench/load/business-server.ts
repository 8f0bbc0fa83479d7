import { userIdOf } from './request.js';
import { batchRequest, BATCH_SIZE } from './scenarios.js';

/** Revocations under way at once. */
const REVOKING = 64;

/** `host:port` of a broker, spoken to as a business server does it. */
export class BusinessServer {
  constructor(readonly host: string) {}

  async adminToken(secret: string): Promise<string> {
    const { data } = await this.#post<{ data?: { token: string } }>(
      '/auth/get_admin_token',
      { operationID: 'bench' },
      JSON.stringify({ secret, userID: 'imAdmin' }),
    );
    if (data === undefined) throw new Error('the broker gave no admin token');
    return data.token;
  }

  /** Mints for `count` members from a number on, in batches; the tokens in their order. */
  async mintMembers(adminToken: string, from: number, count: number): Promise<string[]> {
    const tokens: string[] = [];
    for (let at = from; at < from + count; at += BATCH_SIZE) {
      const size = Math.min(BATCH_SIZE, from + count - at);
      const whole = batchRequest({ host: this.host, adminToken }, at, size).toString();
      const { results } = await this.#post<{ results: { token: string }[] }>(
        '/v1/im/tokens/batch',
        { authorization: `Bearer ${adminToken}` },
        whole.slice(whole.indexOf('\r\n\r\n') + 4),
      );
      for (const { token } of results) tokens.push(token);
    }
    return tokens;
  }

  /** Revokes all that `count` members from a number on have, by one revocation each. */
  async revokeMembers(adminToken: string, from: number, count: number): Promise<void> {
    let next = from;
    const revokeSome = async () => {
      while (next < from + count) {
        const target = { type: 'user', userId: userIdOf('member', next++) };
        const headers = { authorization: `Bearer ${adminToken}` };
        await this.#post('/v1/revocations', headers, JSON.stringify({ target }));
      }
    };
    await Promise.all(Array.from({ length: REVOKING }, revokeSome));
  }

  async #post<T>(path: string, headers: Record<string, string>, body: string): Promise<T> {
    const response = await fetch(`http://${this.host}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  }
}
