import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  SMS_LIMITS,
  type SmsLimits,
  SmsWebhookNotifier,
} from '../../src/notifiers/sms-webhook-notifier.js';
import { ManualClock } from '../support/manual-clock.js';
import { URL_PASSWORD } from '../support/notifier-engines.js';
import { newSelfSigned } from '../support/self-signed.js';
import { TestSmsWebhook, type TestSmsWebhookOptions } from '../support/sms-webhook.js';
import { trusting } from '../support/trust.js';
import { expectNoTraceOf, failureOf, NOTIFICATION, tracesOf } from './notifier.contract.js';

const ALICE = { email: '', phone: '+491701234567' };
const SECRET = 'a-secret-that-signs-the-posts-of-tests';
const CERTIFICATE = newSelfSigned();

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function start(options: TestSmsWebhookOptions = {}): Promise<TestSmsWebhook> {
  const webhook = await TestSmsWebhook.start(options);
  opened.push(webhook);
  return webhook;
}

function towards(url: string, given: { secret?: string; limits?: SmsLimits; clock?: ManualClock }) {
  const clock = given.clock ?? new ManualClock();
  const notifier = new SmsWebhookNotifier(url, given.secret, clock, given.limits);
  opened.push(notifier);
  return notifier;
}

describe('a post', () => {
  it('is JSON of phone, text and kind, and nothing else', async () => {
    const webhook = await start();
    await towards(webhook.url, {}).notify({ ...ALICE, email: 'a@example.com' }, NOTIFICATION);
    const sms = await webhook.nextSmsTo(ALICE.phone);
    expect(JSON.parse(sms.body)).toEqual({
      phone: ALICE.phone,
      kind: 'recovery_code',
      text: 'Acme Chat: 7Q2K-49XM is the code to recover the account "alice", within 15 minutes. Give it to nobody. If you did not ask for it, there is nothing to do.',
    });
    expect(sms.headers['content-type']).toBe('application/json');
    expect(sms.code).toBe(NOTIFICATION.code);
  });

  it('is signed over its time and its bytes', async () => {
    const webhook = await start();
    const clock = new ManualClock(1_800_000_123_999);
    const notification = { ...NOTIFICATION, username: 'Zoë 用户' };
    await towards(webhook.url, { secret: SECRET, clock }).notify(ALICE, notification);
    const { body, headers } = await webhook.nextSmsTo(ALICE.phone);
    const hmac = createHmac('sha256', SECRET).update(`1800000123.${body}`, 'utf8').digest('hex');
    expect(headers['x-countersign-signature']).toBe(`t=1800000123,v1=${hmac}`);
  });

  it('is not signed when there is no secret', async () => {
    const webhook = await start();
    await towards(webhook.url, {}).notify(ALICE, NOTIFICATION);
    const { headers } = await webhook.nextSmsTo(ALICE.phone);
    expect(headers).not.toHaveProperty('x-countersign-signature');
  });

  it.each([
    ['another secret', { secret: 'another-secret-of-at-least-32-bytes' }],
    ['no secret', {}],
    ['a time that is long past', { secret: SECRET, clock: new ManualClock(1_700_000_000_000) }],
  ])('that is signed with %s is not believed by who verifies', async (_, given) => {
    const webhook = await start({ secret: SECRET });
    const failure = await failureOf(towards(webhook.url, given).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toBe('Error: the webhook answered 401');
    expect(webhook.posts).toEqual({ all: 1, refused: 1 });
    expectNoTraceOf(failure, ALICE);
  });

  it('carries the user and password of the URL', async () => {
    const webhook = await start();
    const url = webhook.url.replace('//', `//countersign:${URL_PASSWORD}@`);
    await towards(url, {}).notify(ALICE, NOTIFICATION);
    const { headers } = await webhook.nextSmsTo(ALICE.phone);
    const basic = Buffer.from(`countersign:${URL_PASSWORD}`).toString('base64');
    expect(headers.authorization).toBe(`Basic ${basic}`);
  });

  it('is encrypted for an https URL, to a certificate that is believed only', async () => {
    const webhook = await start({ tls: CERTIFICATE });
    const failure = await failureOf(towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toContain('self-signed certificate');
    expect(webhook.posts.all).toBe(0);
    await trusting(CERTIFICATE, () => towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(await webhook.nextCodeTo(ALICE.phone)).toBe(NOTIFICATION.code);
  });
});

describe('an answer', () => {
  it.each([200, 201, 202, 204])('%i means that it will be sent', async (status) => {
    const webhook = await start();
    webhook.answer = (_request, response) => response.writeHead(status).end();
    await towards(webhook.url, {}).notify(ALICE, NOTIFICATION);
    expect(webhook.posts.all).toBe(1);
  });

  it.each([304, 400, 401, 404, 410, 429, 500, 503])('%i is a failure', async (status) => {
    const webhook = await start();
    webhook.answer = (_request, response) =>
      response.writeHead(status).end(`${ALICE.phone} ${NOTIFICATION.code}`);
    const failure = await failureOf(towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toBe(`Error: the webhook answered ${status}`);
    expect(webhook.posts.all).toBe(1);
    expectNoTraceOf(failure, ALICE);
  });

  it.each([301, 302, 303, 307, 308])('%i leads nowhere', async (status) => {
    const webhook = await start();
    const elsewhere = await start();
    webhook.answer = (_request, response) =>
      response.writeHead(status, { location: elsewhere.url }).end();
    const failure = await failureOf(towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toBe(`Error: the webhook answered ${status}`);
    expect(elsewhere.posts.all).toBe(0);
  });

  it.each([200, 500])('%i without end is not read to its end', async (status) => {
    const webhook = await start();
    let answering: ServerResponse | undefined;
    webhook.answer = (_request, response) => {
      answering = response.writeHead(status);
      const goOn = () => void response.write('x'.repeat(10_000));
      response.on('drain', goOn).on('error', () => undefined);
      for (let n = 0; n < 10; n += 1) goOn();
    };
    const sending = towards(webhook.url, {}).notify(ALICE, NOTIFICATION);
    await (status === 200 ? sending : failureOf(sending));
    await expect.poll(() => answering?.destroyed).toBe(true);
  });

  it('with headers without end is a failure', async () => {
    const webhook = await start();
    webhook.answer = ({ socket }) => {
      socket.on('error', () => undefined);
      socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`);
    };
    const failure = await failureOf(towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toMatch(/Header overflow/i);
  });

  it('that is not HTTP is a failure, and is not logged', async () => {
    const webhook = await start();
    webhook.answer = ({ socket }) => socket.end(`550 no ${ALICE.phone}\r\n`);
    const failure = await failureOf(towards(webhook.url, {}).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toContain('Parse Error');
    expectNoTraceOf(failure, ALICE);
    expect(tracesOf(failure)).not.toContain('rawPacket');
  });

  it('that comes a byte at a time is not waited for without end', async () => {
    const webhook = await start();
    webhook.answer = ({ socket }) => {
      const timer = setInterval(() => socket.write('H'), 20);
      socket.on('error', () => undefined).on('close', () => clearInterval(timer));
      socket.write('HTTP/1.1 200 OK\r\n');
    };
    const limits = { totalMs: 200, inFlight: 10 };
    const failure = await failureOf(towards(webhook.url, { limits }).notify(ALICE, NOTIFICATION));
    expect(String(failure.cause)).toContain('took too long');
  });

  it('is waited for five seconds', () => {
    expect(SMS_LIMITS).toEqual({ totalMs: 5000, inFlight: 500 });
  });
});
