import { batchRequest, BATCH_SIZE } from './scenarios.js';

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
