import { describe, expect, it } from 'vitest';
import { readSmtpUrl } from '../../../src/config/smtp-url.js';
import { refusal } from './given-sources.js';

describe('the URL of a mail server', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', tls: 'if_offered' }],
    ['smtp://127.0.0.1:25/', { host: '127.0.0.1', port: 25, tls: 'if_offered' }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525, tls: 'if_offered' }],
    ['smtp://m.example:587?requireTLS=true', { host: 'm.example', port: 587, tls: 'required' }],
    ['smtps://m.example', { host: 'm.example', tls: 'from_start' }],
    ['smtps://m.example?requireTLS=true', { host: 'm.example', tls: 'from_start' }],
    [
      'smtps://a%40b.example:p%3A%2F%3F%23@m.example:465',
      {
        host: 'm.example',
        port: 465,
        tls: 'from_start',
        login: { user: 'a@b.example', password: 'p:/?#' },
      },
    ],
  ])('%s is understood', (text, server) => {
    expect(readSmtpUrl(text)).toEqual(server);
  });

  it.each([
    '',
    'mail.example.com',
    'mail.example.com:25',
    'smtp:mail.example.com',
    'smtp://',
    'http://mail.example.com',
    'smtp://mail.example.com:0',
    'smtp://mail.example.com:70000',
    'smtp://mail.example.com/inbox',
    'smtp://mail.example.com#top',
    'smtp://mail.example.com?requireTLS=false',
    'smtp://mail.example.com?requireTLS=true&pool=false',
    'smtp://mail.example.com?tls.rejectUnauthorized=false',
    'smtp://login@mail.example.com',
    'smtp://:pass-word@mail.example.com',
    'smtp://login:100%@mail.example.com',
  ])('is not %j, and no start repeats it', (text) => {
    expect(readSmtpUrl(text)).toBeUndefined();
    const message = refusal({ env: { COUNTERSIGN_MAIL__SMTP_URL: text } });
    expect(message).toContain('mail.smtpUrl');
    expect(message).toContain('allowed is a URL like smtps://');
    expect(message).not.toContain('pass-word');
  });
});
