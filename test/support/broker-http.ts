import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON; absent, no body is sent. */
  readonly body?: unknown;
  /** Whose connections to use; else one of a few that are kept open. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. Throws when it is none. */
  json<T>(): T;
}

let hearAnswer: (answer: Answer) => void = () => undefined;

/** Has every answer to this test file heard by somebody, too. */
export function hearAnswers(listener: (answer: Answer) => void): void {
  hearAnswer = listener;
}

const shared = new Agent({ keepAlive: true, maxSockets: 64 });

/** An HTTP request with the headers that are named here and no others of the client's making. */
export function send(url: string, sent: Sent): Promise<Answer> {
  const { method = 'POST', headers = {}, body, agent = shared } = sent;
  const payload = body === undefined ? undefined : bytesOf(body);
  const length = payload === undefined ? {} : { 'Content-Length': String(payload.length) };
  const options = {
    method,
    agent,
    headers: { ...length, ...headers },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode: status = 0, headers: answered } = response;
        const answer = { status, headers: answered, text, json: <T>() => JSON.parse(text) as T };
        hearAnswer(answer);
        resolve(answer);
      });
    });
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

function bytesOf(body: unknown): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}
