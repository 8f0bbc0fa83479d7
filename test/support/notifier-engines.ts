import { SystemClock } from '../../src/common/clock.js';
import { MailNotifier } from '../../src/notifiers/mail-notifier.js';
import { SmsWebhookNotifier } from '../../src/notifiers/sms-webhook-notifier.js';
import type { Notifier, Recipient } from '../../src/ports/notifier.port.js';
import { freePort } from './free-port.js';
import { startHungServer, TestSmtpServer } from './smtp-server.js';
import { TestSmsWebhook } from './sms-webhook.js';

/** How an engine is bounded in these tests. */
export interface NotifierBounds {
  /** How long a message may take, with everything. */
  readonly totalMs: number;
  readonly inFlight: number;
}

/** A notifier and what its messages arrive at. */
export interface NotifierHouse {
  readonly notifier: Notifier & { close(): Promise<void> };
  /** What a recipient was told, names and all; each message is told once. */
  nextTextTo(recipient: Recipient): Promise<string>;
  nextCodeTo(recipient: Recipient): Promise<string>;
  close(): Promise<void>;
}

/** An engine of the port {@link Notifier}, for the contract suite. */
export interface NotifierEngine {
  readonly name: string;
  /** The nth recipient that it can reach, and nobody else does. */
  recipient(n: number): Recipient;
  open(): Promise<NotifierHouse>;
  /** Leads to a port where nobody listens, or where nothing is ever answered. */
  openTowards(port: number, bounds: NotifierBounds): Notifier & { close(): Promise<void> };
}

/** What stands in the URLs, and must not be seen anywhere else. */
export const URL_PASSWORD = 'pass-word-of-the-url';
const WEBHOOK_SECRET = 'a-secret-that-signs-the-posts-of-tests';
const FROM = 'Countersign <no-reply@example.org>';

const mail: NotifierEngine = {
  name: 'mail',
  recipient: (n) => ({ email: `reader-${n}@example.com`, phone: '' }),
  async open() {
    const login = { user: 'countersign', password: URL_PASSWORD };
    const smtp = await TestSmtpServer.start({ login });
    const notifier = new MailNotifier(smtp.url, FROM);
    return {
      notifier,
      nextTextTo: async ({ email }) => (await smtp.nextMailTo(email)).text,
      nextCodeTo: ({ email }) => smtp.nextCodeTo(email),
      close: async () => {
        await notifier.close();
        await smtp.close();
      },
    };
  },
  openTowards: (port, { totalMs, inFlight }) =>
    new MailNotifier(`smtp://countersign:${URL_PASSWORD}@127.0.0.1:${port}`, FROM, {
      stepMs: totalMs,
      totalMs,
      inFlight,
    }),
};

const sms: NotifierEngine = {
  name: 'SMS webhook',
  recipient: (n) => ({ email: '', phone: `+4917012345${n}` }),
  async open() {
    const webhook = await TestSmsWebhook.start({ secret: WEBHOOK_SECRET });
    const url = webhook.url.replace('//', `//countersign:${URL_PASSWORD}@`);
    const notifier = new SmsWebhookNotifier(url, WEBHOOK_SECRET, new SystemClock());
    return {
      notifier,
      nextTextTo: async ({ phone }) => (await webhook.nextSmsTo(phone)).text,
      nextCodeTo: ({ phone }) => webhook.nextCodeTo(phone),
      close: async () => {
        await notifier.close();
        await webhook.close();
      },
    };
  },
  openTowards: (port, bounds) =>
    new SmsWebhookNotifier(
      `http://countersign:${URL_PASSWORD}@127.0.0.1:${port}/sms`,
      WEBHOOK_SECRET,
      new SystemClock(),
      bounds,
    ),
};

export const NOTIFIER_ENGINES: readonly NotifierEngine[] = [mail, sms];

/** A notifier whose server refuses every connection. */
export async function openTowardsNobody(engine: NotifierEngine) {
  return engine.openTowards(await freePort(), { totalMs: 5000, inFlight: 10 });
}

/** A notifier whose server takes connections and says nothing, and that server. */
export async function openTowardsHung(engine: NotifierEngine, bounds: NotifierBounds) {
  const server = await startHungServer();
  const notifier = engine.openTowards(server.port, bounds);
  return {
    notifier,
    server,
    close: async () => {
      await server.close();
      await notifier.close();
    },
  };
}
