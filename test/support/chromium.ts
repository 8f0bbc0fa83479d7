import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHROMIUM, requireProgram } from './require-program.js';
import { ServerProcess, temporaryDirectory } from './server-process.js';

/** A message of the Chrome DevTools Protocol that comes back: an answer, or an event. */
interface Received {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--disable-dev-shm-usage', '--remote-debugging-port=0'],
];

/** One page of a real browser, spoken to by the Chrome DevTools Protocol. */
export class Chromium {
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #loaded: () => void = () => undefined;

  private constructor(
    private readonly process: ServerProcess,
    private readonly socket: WebSocket,
  ) {
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data))));
  }

  /** Starts it with a profile of its own, at a page. */
  static async open(url: string): Promise<Chromium> {
    requireProgram(CHROMIUM);
    const directory = await temporaryDirectory('chromium');
    const profile = join(directory, 'profile');
    let port = '';
    const process = await ServerProcess.start(
      {
        file: CHROMIUM.file,
        args: [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'],
        directory,
        stopSignal: 'SIGKILL',
      },
      async () => {
        port = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
        return port !== '';
      },
    );
    const [first = ''] = port.split('\n');
    const socket = new WebSocket(await pageAt(first));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const chromium = new Chromium(process, socket);
    await chromium.call('Page.enable');
    await chromium.goTo(url);
    return chromium;
  }

  /** Calls a method of the protocol. */
  call<Result>(method: string, params: object = {}): Promise<Result> {
    const id = (this.#last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.socket.send(JSON.stringify({ id, method, params }));
    return promise as Promise<Result>;
  }

  /** Goes to another page, and is there. */
  async goTo(url: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#loaded = resolve;
    await this.call('Page.navigate', { url });
    await promise;
  }

  /** What an async function comes to that runs in the page; it gets `argument` as JSON. */
  async run<Result>(script: string, argument: unknown): Promise<Result> {
    const { result, exceptionDetails } = await this.call<{
      result: { value: Result };
      exceptionDetails?: object;
    }>('Runtime.evaluate', {
      expression: `(${script})(${JSON.stringify(argument)})`,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.process.stop();
  }

  #take({ id = 0, method, result, error }: Received): void {
    if (method === 'Page.loadEventFired') this.#loaded();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}

async function pageAt(port: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const pages = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[];
  const page = pages.find(({ type }) => type === 'page');
  if (page === undefined) throw new Error('the browser has no page');
  return page.webSocketDebuggerUrl;
}
