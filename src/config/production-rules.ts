import type { Rule } from './rules.js';
import { readSmtpUrl } from './smtp-url.js';

const publicUrl: Rule = {
  of: ['server.publicUrl'],
  broken({ values }) {
    const url = values.server.publicUrl;
    return [
      url === undefined && 'PUBLIC_URL is not set: in production it must be, to an https URL',
      url !== undefined &&
        !/^https:/i.test(url) &&
        `PUBLIC_URL is ${JSON.stringify(url)}: allowed in production is an https URL only`,
    ];
  },
};

const encryptedTransport: Rule = {
  of: ['http.trustedProxies', 'http.tls.certFile', 'http.tls.keyFile'],
  broken({ values: { http } }) {
    const plain = http.tls.certFile === undefined && http.tls.keyFile === undefined;
    return [
      plain &&
        http.trustedProxies.length === 0 &&
        'http.tls is not set: plain HTTP is allowed in production only behind a proxy that ends TLS and is named in http.trustedProxies; else set http.tls.certFile and http.tls.keyFile',
    ];
  },
};

const appSecret: Rule = {
  of: ['app.secret'],
  broken({ values }) {
    return [
      values.app.secret === undefined &&
        'COUNTERSIGN_APP_SECRET is not set: in production it must be, to at least 32 characters (make one with: openssl rand -base64 32)',
    ];
  },
};

const smtpPassword: Rule = {
  of: ['mail.smtpUrl'],
  broken({ values }) {
    const server = readSmtpUrl(values.mail.smtpUrl ?? '');
    return [
      server?.login !== undefined &&
        server.tls === 'if_offered' &&
        'mail.smtpUrl has a password, which could go over the network in clear: allowed in production is a password only with smtps: or ?requireTLS=true',
    ];
  },
};

const smsWebhook: Rule = {
  of: ['sms.webhookUrl'],
  broken({ values }) {
    return [
      values.sms.webhookUrl?.startsWith('http:') === true &&
        'sms.webhookUrl is an http URL, so recovery codes would go over the network in clear: allowed in production is an https URL only',
    ];
  },
};

/** What settings must be in production. */
export const PRODUCTION_RULES: readonly Rule[] = [
  publicUrl,
  encryptedTransport,
  appSecret,
  smtpPassword,
  smsWebhook,
];
