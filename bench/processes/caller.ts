import { Agent, request } from 'node:http';

/** An answer, and when it was asked for and was there, by this process's monotonic clock (ms). */
export interface TimedAnswer {
  readonly status: number;
  readonly body: string;
  /** When the request began to be sent. */
  readonly sentAt: number;
  /** When the whole answer had arrived. */
  readonly arrivedAt: number;
}

/** A client of a broker with one keep-alive connection, which makes one call at a time. */
export class Caller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;

  /** `host`: `host:port`. */
  constructor(host: string) {
    this.#url = `http://${host}`;
  }

  post(path: string, headers: Readonly<Record<string, string>>, body: object) {
    return new Promise<TimedAnswer>((resolve, reject) => {
      const call = request(this.#url + path, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', ...headers },
      });
      call.once('error', reject);
      call.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('error', reject);
        response.once('end', () => {
          const arrivedAt = performance.now();
          resolve({ status: response.statusCode ?? 0, body: text, sentAt, arrivedAt });
        });
      });
      const sentAt = performance.now();
      call.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
