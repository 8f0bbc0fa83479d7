import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MAIL_LIMITS, type MailLimits, MailNotifier } from '../../src/notifiers/mail-notifier.js';
import { URL_PASSWORD } from '../support/notifier-engines.js';
import { newSelfSigned } from '../support/self-signed.js';
import {
  startHungServer,
  TestSmtpServer,
  type TestSmtpServerOptions,
} from '../support/smtp-server.js';
import { trusting } from '../support/trust.js';
import { expectNoTraceOf, failureOf, NOTIFICATION } from './notifier.contract.js';

const ALICE = { email: 'alice@example.com', phone: '' };
const FROM = 'Acmé Login <no-reply@example.org>';
const LOGIN = { user: 'countersign', password: URL_PASSWORD };
const CERTIFICATE = newSelfSigned();
const SHORT: MailLimits = { stepMs: 5000, totalMs: 10_000, inFlight: 10 };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

function keep<T extends { close(): Promise<void> }>(part: T): T {
  opened.push(part);
  return part;
}

async function start(options: TestSmtpServerOptions = {}): Promise<TestSmtpServer> {
  return keep(await TestSmtpServer.start(options));
}

function towards(url: string, limits: MailLimits = SHORT): MailNotifier {
  return keep(new MailNotifier(url, FROM, limits));
}

/** A server that says what it is told to, once or again and again while it is listened to. */
async function startTalking(piece: string, everyMs?: number) {
  const server = createServer((socket) => {
    socket.write(piece);
    const timer =
      everyMs === undefined ? undefined : setInterval(() => socket.write(piece), everyMs);
    socket.on('error', () => undefined);
    socket.on('close', () => clearInterval(timer));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return keep({ port, close });
}

describe('a mail', () => {
  it('is plain text with these headers and no others', async () => {
    const smtp = await start();
    await towards(smtp.url).notify(ALICE, NOTIFICATION);
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.from).toBe('no-reply@example.org');
    expect(mail.to).toEqual([ALICE.email]);
    expect(mail.subject).toBe('Recovery code for Acme Chat');
    expect(Object.fromEntries(mail.headers)).toEqual({
      from: '=?UTF-8?Q?Acm=C3=A9_Login?= <no-reply@example.org>',
      to: ALICE.email,
      subject: mail.subject,
      date: expect.any(String) as string,
      'message-id': expect.stringMatching(/^<[\w-]+@example\.org>$/) as string,
      'auto-submitted': 'auto-generated',
      'mime-version': '1.0',
      'content-type': 'text/plain; charset=utf-8',
      'content-transfer-encoding': 'quoted-printable',
    });
    expect(mail.text).not.toMatch(/https?:|</);
  });

  it.each([
    ['login@example.org', 'login@example.org'],
    ['<login@example.org>', 'login@example.org'],
    ['Login <login@example.org>', 'Login <login@example.org>'],
    ['Acme, Inc. <login@example.org>', '"Acme, Inc." <login@example.org>'],
    ['"Acme, Inc." <login@example.org>', '"Acme, Inc." <login@example.org>'],
    ['Acme@home <login@example.org>', '"Acme@home" <login@example.org>'],
  ])('comes from %j as from one sender', async (from, header) => {
    const smtp = await start();
    await keep(new MailNotifier(smtp.url, from)).notify(ALICE, NOTIFICATION);
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.from).toBe('login@example.org');
    expect(mail.headers).toContainEqual(['from', header]);
  });

  it('has its code in the text alone, on a line of its own', async () => {
    const smtp = await start();
    await towards(smtp.url).notify(ALICE, NOTIFICATION);
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.code).toBe(NOTIFICATION.code);
    expect(mail.subject).not.toContain(NOTIFICATION.code);
    expect(mail.source.split(NOTIFICATION.code).length).toBe(2);
  });

  it.each([
    '\r\nBcc: mallory@example.com',
    '\nBcc: mallory@example.com\n\nHi',
    '\rBcc: a@b\u0085c',
  ])('grows no header from names with %j in them', async (text) => {
    const smtp = await start();
    const names = { appName: `Acme${text}`, username: `alice${text}` };
    await towards(smtp.url).notify(ALICE, { ...NOTIFICATION, ...names });
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.to).toEqual([ALICE.email]);
    expect(mail.headers.map(([name]) => name).sort()).toEqual([
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(mail.subject).toMatch(/^Recovery code for Acme Bcc: /);
  });

  it('has a readable subject in any writing', async () => {
    const smtp = await start();
    const appName = 'Счётчик 用户 👩‍👩‍👧 — a name that is long enough to be folded';
    await towards(smtp.url).notify(ALICE, { ...NOTIFICATION, appName });
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.subject).toBe(`Recovery code for ${appName}`);
    expect(mail.source).toMatch(/^[\r\n\x20-\x7e]*$/);
  });

  it.each([
    'alice@example.com, mallory@example.com',
    'alice@example.com;mallory@example.com',
    'alice@example.com\r\nRCPT TO:<mallory@example.com>',
    'alice@example.com> <mallory@example.com',
    '"Alice" <alice@example.com>',
    'friends: alice@example.com;',
    'alice@example.com mallory@example.com',
    'alice@mallory@example.com',
    'alice',
    '@example.com',
    'alice@',
  ])('goes nowhere when the address is %j', async (email) => {
    const smtp = await start();
    const failure = await failureOf(towards(smtp.url).notify({ email, phone: '' }, NOTIFICATION));
    expect(failure.code).toBe('notifier_unavailable');
    expect(smtp.connections.all).toBe(0);
    expectNoTraceOf(failure, { email, phone: '' });
  });

  it('reaches addresses in any writing', async () => {
    const smtp = await start();
    const email = '用户@example.com';
    await towards(smtp.url).notify({ email, phone: '' }, NOTIFICATION);
    expect(await smtp.nextCodeTo(email)).toBe(NOTIFICATION.code);
  });
});

describe('connections', () => {
  it('are five at most, and used again', async () => {
    const smtp = await start();
    const notifier = towards(smtp.url, { ...SHORT, inFlight: 100 });
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(Array.from({ length: 40 }, () => notifier.notify(ALICE, NOTIFICATION)));
    }
    expect(smtp.unreadOf(ALICE.email)).toBe(80);
    expect(smtp.connections.all).toBeLessThanOrEqual(5);
  });

  it('are made anew when the server has ended them', async () => {
    const smtp = await start();
    const notifier = towards(smtp.url);
    await notifier.notify(ALICE, NOTIFICATION);
    smtp.dropConnections();
    await notifier.notify(ALICE, NOTIFICATION);
    expect(smtp.unreadOf(ALICE.email)).toBe(2);
    expect(smtp.connections.all).toBe(2);
  });

  it('are none when nothing is sent', async () => {
    const smtp = await start();
    await towards(smtp.url).close();
    expect(smtp.connections.all).toBe(0);
  });

  it('all end when the notifier is closed', async () => {
    const smtp = await start();
    const notifier = towards(smtp.url);
    await notifier.notify(ALICE, NOTIFICATION);
    expect(smtp.connections.now).toBe(1);
    await notifier.close();
    await expect.poll(() => smtp.connections.now).toBe(0);
  });
});

describe('encryption', () => {
  it('is used where it is offered, whatever the certificate', async () => {
    const smtp = await start({ tls: CERTIFICATE, login: LOGIN });
    await towards(smtp.url).notify(ALICE, NOTIFICATION);
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.encrypted).toBe(true);
    expect(mail.user).toBe(LOGIN.user);
  });

  it('is done without where it is not offered', async () => {
    const smtp = await start({ login: LOGIN });
    await towards(smtp.url).notify(ALICE, NOTIFICATION);
    const mail = await smtp.nextMailTo(ALICE.email);
    expect(mail.encrypted).toBe(false);
    expect(mail.user).toBe(LOGIN.user);
  });

  it.each([
    ['by STARTTLS', false],
    ['from the start', true],
  ])('%s can be demanded, with a certificate that is believed', async (_, fromStart) => {
    const smtp = await start({ tls: { ...CERTIFICATE, fromStart }, login: LOGIN });
    const url = fromStart ? smtp.url : `${smtp.url}?requireTLS=true`;
    const failure = await failureOf(towards(url).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toMatch(/self-signed certificate/);
    expectNoTraceOf(failure, ALICE);

    await trusting(CERTIFICATE, () => towards(url).notify(ALICE, NOTIFICATION));
    expect(await smtp.nextMailTo(ALICE.email)).toMatchObject({ encrypted: true, user: LOGIN.user });
    expect(smtp.unreadOf(ALICE.email)).toBe(0);
  });

  it('that is demanded and not offered sends neither password nor mail', async () => {
    const smtp = await start({ login: LOGIN });
    const failure = await failureOf(
      towards(`${smtp.url}?requireTLS=true`).notify(ALICE, NOTIFICATION),
    );
    expect(String(failure.cause)).toContain('STARTTLS');
    expect(smtp.logins).toBe(0);
    expect(smtp.unreadOf(ALICE.email)).toBe(0);
    expectNoTraceOf(failure, ALICE);
  });
});

describe('a server that says no', () => {
  it('to a login is quoted with its numbers alone', async () => {
    const logins = `5.7.8 %s may not, nor with ${URL_PASSWORD}`;
    const smtp = await start({ login: LOGIN, refuses: { logins } });
    const failure = await failureOf(towards(smtp.url).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toBe(
      'Error: the mail server answered 535 5.7.8 to AUTH PLAIN (EAUTH)',
    );
    expectNoTraceOf(failure, ALICE);
  });

  it('to a recipient is quoted with its numbers alone', async () => {
    const smtp = await start({ refuses: { recipients: '5.1.1 <%s> lives here no more' } });
    const failure = await failureOf(towards(smtp.url).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toBe(
      'Error: the mail server answered 550 5.1.1 to RCPT TO (EENVELOPE)',
    );
    expectNoTraceOf(failure, ALICE);
  });

  it('to one recipient goes on taking mail to others', async () => {
    const smtp = await start({ refuses: { recipients: 'no %s', onlyTo: 'mallory@example.com' } });
    const notifier = towards(smtp.url);
    const mallory = { email: 'mallory@example.com', phone: '' };
    expect((await failureOf(notifier.notify(mallory, NOTIFICATION))).code).toBe(
      'notifier_unavailable',
    );
    await notifier.notify(ALICE, NOTIFICATION);
    expect(smtp.unreadOf(ALICE.email)).toBe(1);
  });
});

describe('patience', () => {
  it('is ten seconds for each step, twenty for all', () => {
    expect(MAIL_LIMITS).toEqual({ stepMs: 10_000, totalMs: 20_000, inFlight: 500 });
  });

  it('ends where no greeting comes', async () => {
    const hung = keep(await startHungServer());
    const url = `smtp://127.0.0.1:${hung.port}`;
    const notifier = towards(url, { stepMs: 100, totalMs: 60_000, inFlight: 10 });
    const failure = await failureOf(notifier.notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toMatch(/\((GREETING|SOCKET)_TIMEOUT\)$/);
  });

  it('ends where a reply does not come', async () => {
    const silent = await startTalking('220 at your service\r\n');
    const url = `smtp://127.0.0.1:${silent.port}`;
    const notifier = towards(url, { stepMs: 100, totalMs: 60_000, inFlight: 10 });
    const failure = await failureOf(notifier.notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toContain('(SOCKET_TIMEOUT)');
  });

  it('ends with a server that always says a little more', async () => {
    const trickling = await startTalking('220-there is more\r\n', 20);
    const url = `smtp://127.0.0.1:${trickling.port}`;
    const notifier = towards(url, { stepMs: 60_000, totalMs: 200, inFlight: 10 });
    const failure = await failureOf(notifier.notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toContain('took too long');
  });

  it('ends with a server that talks without end', async () => {
    const talking = await startTalking(`220-${'x'.repeat(100_000)}`, 1);
    const notifier = towards(`smtp://127.0.0.1:${talking.port}`);
    const failure = await failureOf(notifier.notify(ALICE, NOTIFICATION));
    expect(failure.code).toBe('notifier_unavailable');
  });
});

it('a URL that the settings would not take makes no notifier, and is not repeated', () => {
  const url = `smtp://countersign:${URL_PASSWORD}@127.0.0.1:25?tls.rejectUnauthorized=false`;
  expect(() => new MailNotifier(url, FROM)).toThrow(/^The URL of the mail server is none\.$/);
});
