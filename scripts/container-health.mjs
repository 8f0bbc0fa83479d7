// The image's HEALTHCHECK: whether the broker in this container answers. Asks itself, so that the
// certificate, which is made out to another name, is not looked at.
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

const encrypted = Boolean(process.env.COUNTERSIGN_HTTP__TLS__CERT_FILE);
const ask = encrypted ? overHttps : overHttp;

const request = ask(
  {
    host: '127.0.0.1',
    port: process.env.PORT || 3000,
    path: '/health/live',
    timeout: 2000,
    rejectUnauthorized: false,
  },
  (response) => process.exit(response.statusCode === 200 ? 0 : 1),
);
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
request.end();
