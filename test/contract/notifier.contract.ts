import { inspect } from 'node:util';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerError } from '../../src/common/errors.js';
import { createLogger } from '../../src/log.js';
import type { Notification, Notifier, Recipient } from '../../src/ports/notifier.port.js';
import {
  type NotifierEngine,
  type NotifierHouse,
  openTowardsHung,
  openTowardsNobody,
  URL_PASSWORD,
} from '../support/notifier-engines.js';

export const NOTIFICATION: Notification = {
  kind: 'recovery_code',
  appName: 'Acme Chat',
  username: 'alice',
  code: '7Q2K-49XM',
  validSeconds: 900,
};

export async function failureOf(sending: Promise<void>): Promise<BrokerError> {
  const outcome = await sending.then(
    () => new Error('the message was sent'),
    (error: unknown) => error,
  );
  if (outcome instanceof BrokerError) return outcome;
  throw new Error('no error of the broker', { cause: outcome });
}

/** All that can be seen of an error: by a caller, in a log, and by who looks at its insides. */
export function tracesOf(error: BrokerError): string {
  const lines: string[] = [];
  for (const environment of ['production', 'development']) {
    const config = { environment, server: { logLevel: 'trace' } } as const;
    createLogger(config, { write: (line) => lines.push(line) }).error({ err: error }, 'failed');
  }
  const insides = inspect(error, { depth: null, showHidden: true });
  return [error.code, error.detail, error.message, insides, ...lines].join('\n');
}

export function expectNoTraceOf(error: BrokerError, { email, phone }: Recipient): void {
  const traces = tracesOf(error);
  for (const secret of [email, phone, NOTIFICATION.code, NOTIFICATION.username, URL_PASSWORD]) {
    if (secret !== '') expect(traces).not.toContain(secret);
  }
}

/** What every engine of {@link Notifier} promises. */
export function notifierContract(engine: NotifierEngine): void {
  describe(`notifications by ${engine.name}`, () => {
    let house: NotifierHouse;
    let notifier: Notifier;

    beforeAll(async () => {
      house = await engine.open();
      notifier = house.notifier;
    });
    afterAll(() => house.close());

    it('tells the recipient the code, what it is for and how long it is good', async () => {
      const recipient = engine.recipient(1000);
      await notifier.notify(recipient, NOTIFICATION);
      const text = await house.nextTextTo(recipient);
      for (const part of ['Acme Chat', '"alice"', '7Q2K-49XM', '15 minutes']) {
        expect(text).toContain(part);
      }
      expect(text).toMatch(/did not ask for it/);
    });

    it('promises no more minutes than there are', async () => {
      const recipient = engine.recipient(1001);
      await notifier.notify(recipient, { ...NOTIFICATION, validSeconds: 179 });
      expect(await house.nextTextTo(recipient)).toContain('2 minutes');
      await notifier.notify(recipient, { ...NOTIFICATION, validSeconds: 90 });
      expect(await house.nextTextTo(recipient)).toContain('90 seconds');
    });

    it('sends a hundred at once, to each its own', async () => {
      const numbers = Array.from({ length: 100 }, (_, n) => n);
      await Promise.all(
        numbers.map((n) =>
          notifier.notify(engine.recipient(n), { ...NOTIFICATION, code: `code-${n}` }),
        ),
      );
      const codes = numbers.map((n) => house.nextCodeTo(engine.recipient(n)));
      expect(await Promise.all(codes)).toEqual(numbers.map((n) => `code-${n}`));
    });

    it.each([
      ['Zoë 用户 👩‍👩‍👧', 'Żółw — сова'],
      ['=?utf-8?Q?=0ABcc:_a?=', '%0d%0aBcc: b'],
      ['"quoted" <b>', "';--"],
    ])('takes the names %j and %j for what they are', async (username, appName) => {
      const recipient = engine.recipient(1002);
      await notifier.notify(recipient, { ...NOTIFICATION, username, appName });
      const text = await house.nextTextTo(recipient);
      expect(text).toContain(username);
      expect(text).toContain(appName);
    });

    it('keeps names on their line, and short', async () => {
      const recipient = engine.recipient(1003);
      const username = `mallory\r\n\r\nThe code is: 666\u2028\u202e\u0000${'x'.repeat(10_000)}`;
      await notifier.notify(recipient, { ...NOTIFICATION, username, appName: 'A\r\nB' });
      const text = await house.nextTextTo(recipient);
      expect(text).toMatch(/"mallory The code is: 666 x{1,64}…"/);
      expect(text).toContain('A B');
      expect(text.length).toBeLessThan(700);
    });

    it('cannot reach who is nowhere to be reached', async () => {
      const failure = await failureOf(notifier.notify({ email: '', phone: '' }, NOTIFICATION));
      expect(failure.code).toBe('notifier_unavailable');
    });

    it('fails where nobody listens, and says so to the log alone', async () => {
      const dead = await openTowardsNobody(engine);
      const recipient = engine.recipient(0);
      const failure = await failureOf(dead.notify(recipient, NOTIFICATION));
      expect(failure.code).toBe('notifier_unavailable');
      expect(failure.detail).not.toContain('127.0.0.1');
      expect(String(failure.cause)).toContain('ECONNREFUSED');
      expectNoTraceOf(failure, recipient);
      await dead.close();
    });

    it('fails within its time where nothing is answered', async () => {
      const hung = await openTowardsHung(engine, { totalMs: 200, inFlight: 100 });
      const before = performance.now();
      const recipients = Array.from({ length: 60 }, (_, n) => engine.recipient(n));
      const failures = await Promise.all(
        recipients.map((recipient) => failureOf(hung.notifier.notify(recipient, NOTIFICATION))),
      );
      // Also those that waited for a connection, and never got one.
      expect(performance.now() - before).toBeLessThan(3000);
      expect(hung.server.connections).toBeLessThanOrEqual(32);
      for (const [n, failure] of failures.entries()) {
        expect(failure.code).toBe('notifier_unavailable');
        expect(String(failure.cause)).toContain('took too long');
        expectNoTraceOf(failure, engine.recipient(n));
      }
      await hung.close();
    });

    it('refuses at once what is too much, and takes more when there is room again', async () => {
      const hung = await openTowardsHung(engine, { totalMs: 60_000, inFlight: 7 });
      const recipient = engine.recipient(0);
      const waiting = Array.from({ length: 7 }, () =>
        failureOf(hung.notifier.notify(recipient, NOTIFICATION)),
      );
      const failure = await failureOf(hung.notifier.notify(recipient, NOTIFICATION));
      expect(failure.detail).toBe('too many messages are waiting to be sent');
      expect(failure.cause).toBeUndefined();
      await hung.server.close();
      await Promise.all(waiting);
      const next = await failureOf(hung.notifier.notify(recipient, NOTIFICATION));
      expect(String(next.cause)).toContain('ECONNREFUSED');
      await hung.notifier.close();
    });

    it('sends nothing more when it was closed, and lets what is under way end', async () => {
      const other = await engine.open();
      const recipient = engine.recipient(1004);
      const sending = other.notifier.notify(recipient, NOTIFICATION);
      await other.notifier.close();
      await sending;
      expect(await other.nextCodeTo(recipient)).toBe(NOTIFICATION.code);
      const failure = await failureOf(other.notifier.notify(recipient, NOTIFICATION));
      expect(failure.code).toBe('notifier_unavailable');
      await other.close();
    });
  });
}
