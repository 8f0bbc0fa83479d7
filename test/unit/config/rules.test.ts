import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { load, refusal } from './given-sources.js';

const THIS_FILE = fileURLToPath(import.meta.url);
const newKey = (): string => randomBytes(32).toString('base64');
const stores = { DATABASE_URL: 'postgres://db.internal/x', REDIS_URL: 'redis://redis.internal' };

describe('settings that must fit together', () => {
  it.each([
    [
      { COUNTERSIGN_TOKENS__USER_TTL_SECONDS: '2592060' },
      'tokens.userTtlSeconds is 2592060: allowed is at most tokens.maxUserTtlSeconds, which is 2592000 (2592060 - 2592000 = 60 too many)',
    ],
    [
      { COUNTERSIGN_OPENIM__USER_TTL_SECONDS: '2592001' },
      'openim.userTtlSeconds is 2592001: allowed is at most tokens.maxUserTtlSeconds',
    ],
    [
      { COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS: 'guest=60,vip=2592009' },
      'tokens.roleTtlSeconds of the role "vip" is 2592009: allowed is at most tokens.maxUserTtlSeconds, which is 2592000 (2592009 - 2592000 = 9 too many)',
    ],
    [
      { COUNTERSIGN_SESSIONS__MAX_LIFETIME_SECONDS: '2591999' },
      'tokens.maxUserTtlSeconds is 2592000: allowed is at most sessions.maxLifetimeSeconds, which is 2591999',
    ],
    [
      { COUNTERSIGN_CHECKS__LEDGER_GRACE_SECONDS: '30', COUNTERSIGN_CHECKS__WINDOW_SECONDS: '20' },
      'checks.ledgerGraceSeconds is 30: allowed is at most checks.windowSeconds, which is 20, because copies are kept no longer (30 - 20 = 10 too many)',
    ],
    [
      { COUNTERSIGN_KEYS__PREPUBLISH_SECONDS: '86460' },
      'keys.prepublishSeconds is 86460: allowed is at most keys.rotationIntervalSeconds, which is 86400, because a key is published when the one ahead of it begins to sign (86460 - 86400 = 60 too many)',
    ],
    [
      { COUNTERSIGN_KEYS__ROTATION_INTERVAL_SECONDS: '6000' },
      'so up to 434 keys would be kept (2592000 / 6000 + 2): allowed are at most 400, so an interval of at least 6513',
    ],
  ])('%j', (env, message) => {
    expect(refusal({ env })).toContain(message);
  });

  it('what is at its bound is taken', () => {
    const env = { COUNTERSIGN_TOKENS__USER_TTL_SECONDS: '2592000' };
    expect(load({ env }).tokens.userTtlSeconds).toBe(2_592_000);
  });

  it('a setting that is wrong by itself is not compared', () => {
    const message = refusal({ env: { COUNTERSIGN_TOKENS__MAX_USER_TTL_SECONDS: 'long' } });
    expect(message.split('\n')).toHaveLength(2);
  });
});

describe('the profile', () => {
  it.each([
    ['DATABASE_URL', 'REDIS_URL'],
    ['REDIS_URL', 'DATABASE_URL'],
  ] as const)('%s alone stops the start', (given, missing) => {
    const env = { [given]: stores[given], COUNTERSIGN_MASTER_KEY: newKey() };
    expect(refusal({ env })).toContain(
      `${missing} is not set, but ${given} is: allowed are both (cluster profile) or neither (embedded profile)`,
    );
  });

  it('passkeys belong to one domain', () => {
    const of = (origins: string) => ({ COUNTERSIGN_BUSINESS_AUTH__PASSKEY_ORIGINS: origins });
    const fine = 'https://a.example,https://login.a.example:8443,https://a.example:444';
    expect(load({ env: of(fine) }).businessAuth.passkeyOrigins).toHaveLength(3);
    for (const other of ['https://b.example', 'https://xa.example', 'https://example']) {
      expect(refusal({ env: of(`https://a.example,${other}`) })).toContain(
        'allowed are origins of a.example',
      );
    }
  });

  it('no access token outlives its session', () => {
    const env = {
      COUNTERSIGN_BUSINESS_AUTH__ACCESS_TTL_SECONDS: '61',
      COUNTERSIGN_BUSINESS_AUTH__REFRESH_TTL_SECONDS: '60',
    };
    expect(refusal({ env })).toContain(
      'businessAuth.refreshTtlSeconds is 60: allowed is at least businessAuth.accessTtlSeconds, which is 61',
    );
  });

  it('a cluster without a master key is refused', () => {
    expect(refusal({ env: stores })).toContain('COUNTERSIGN_MASTER_KEY is not set');
  });

  it('a cluster with a master key and the one before it is taken', () => {
    const [current, previous] = [newKey(), newKey()];
    const config = load({
      env: {
        ...stores,
        COUNTERSIGN_MASTER_KEY: current,
        COUNTERSIGN_MASTER_KEY_PREVIOUS: previous,
      },
    });
    expect(config.masterKey).toEqual({ current, previous });
  });

  it('a previous master key alone, or the same again, is refused', () => {
    const key = newKey();
    expect(refusal({ env: { COUNTERSIGN_MASTER_KEY_PREVIOUS: key } })).toContain(
      'COUNTERSIGN_MASTER_KEY is not: allowed is it only beside the new key',
    );
    const same = { COUNTERSIGN_MASTER_KEY: key, COUNTERSIGN_MASTER_KEY_PREVIOUS: key };
    expect(refusal({ env: same })).toContain('the same key as COUNTERSIGN_MASTER_KEY');
  });
});

describe('TLS', () => {
  it.each([
    ['CERT', 'certFile', 'keyFile'],
    ['KEY', 'keyFile', 'certFile'],
  ])('the %s file alone is refused', (name, given, missing) => {
    const env = { [`COUNTERSIGN_HTTP__TLS__${name}_FILE`]: THIS_FILE };
    expect(refusal({ env })).toContain(`http.tls.${missing} is not set, but http.tls.${given} is`);
  });

  it('a file that is not there is refused', () => {
    const env = {
      COUNTERSIGN_HTTP__TLS__CERT_FILE: THIS_FILE,
      COUNTERSIGN_HTTP__TLS__KEY_FILE: '/nonexistent/tls.key',
    };
    expect(refusal({ env })).toContain(
      'http.tls.keyFile is "/nonexistent/tls.key": allowed is the path of a readable file, but that can\'t be read (ENOENT)',
    );
  });
});

describe('in production', () => {
  const proper = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://im.example.com',
    COUNTERSIGN_APP_SECRET: newKey(),
    COUNTERSIGN_HTTP__TRUSTED_PROXIES: '10.0.0.0/8',
  };

  function without(name: keyof typeof proper): Record<string, string> {
    const { [name]: _, ...rest } = proper;
    return rest;
  }

  it('a proxy that ends TLS will do', () => {
    expect(load({ env: proper }).environment).toBe('production');
  });

  it('a certificate will do', () => {
    const env = {
      ...without('COUNTERSIGN_HTTP__TRUSTED_PROXIES'),
      COUNTERSIGN_HTTP__TLS__CERT_FILE: THIS_FILE,
      COUNTERSIGN_HTTP__TLS__KEY_FILE: THIS_FILE,
    };
    expect(load({ env }).http.tls.certFile).toBe(THIS_FILE);
  });

  it.each([
    ['PUBLIC_URL', 'PUBLIC_URL is not set: in production it must be, to an https URL'],
    ['COUNTERSIGN_APP_SECRET', 'COUNTERSIGN_APP_SECRET is not set: in production it must be'],
    [
      'COUNTERSIGN_HTTP__TRUSTED_PROXIES',
      'plain HTTP is allowed in production only behind a proxy',
    ],
  ] as const)('%s must be set', (name, message) => {
    expect(refusal({ env: without(name) })).toContain(message);
  });

  it('a public URL with plain http is refused', () => {
    expect(refusal({ env: { ...proper, PUBLIC_URL: 'http://im.example.com' } })).toContain(
      'PUBLIC_URL is "http://im.example.com": allowed in production is an https URL only',
    );
  });

  it.each([
    'smtp://login:pass-word@mail.example.com',
    'smtp://login:pass-word@mail.example.com:587',
    'smtp://login:pass-word@127.0.0.1:25/',
  ])('a password for mail that may go in clear is refused: %s', (url) => {
    const message = refusal({ env: { ...proper, COUNTERSIGN_MAIL__SMTP_URL: url } });
    expect(message).toContain(
      'mail.smtpUrl has a password, which could go over the network in clear: allowed in production is a password only with smtps: or ?requireTLS=true',
    );
    expect(message).not.toContain('pass-word');
  });

  it.each([
    'smtps://login:pass-word@mail.example.com',
    'smtp://login:pass-word@mail.example.com:587?requireTLS=true',
    'smtp://127.0.0.1:25',
  ])('mail by %s is allowed', (url) => {
    expect(load({ env: { ...proper, COUNTERSIGN_MAIL__SMTP_URL: url } }).mail.smtpUrl).toBe(url);
  });

  it('a webhook with plain http is refused', () => {
    const url = 'http://sms.example.com/key-in-the-path';
    const message = refusal({ env: { ...proper, COUNTERSIGN_SMS__WEBHOOK_URL: url } });
    expect(message).toContain(
      'sms.webhookUrl is an http URL, so recovery codes would go over the network in clear: allowed in production is an https URL only',
    );
    expect(message).not.toContain('key-in-the-path');
  });

  it('a webhook with https is allowed', () => {
    const url = 'https://sms.example.com/key-in-the-path';
    const env = { ...proper, COUNTERSIGN_SMS__WEBHOOK_URL: url };
    expect(load({ env }).sms.webhookUrl).toBe(url);
  });

  it('all that is missing is told at once', () => {
    expect(refusal({ env: { NODE_ENV: 'production' } })).toContain('3 settings are wrong');
  });

  it('the embedded profile may generate its master key', () => {
    expect(load({ env: proper }).masterKey).toEqual({});
  });

  it('the rules are those of production only', () => {
    const env = {
      NODE_ENV: 'test',
      COUNTERSIGN_MAIL__SMTP_URL: 'smtp://login:pass-word@127.0.0.1:2525',
      COUNTERSIGN_SMS__WEBHOOK_URL: 'http://127.0.0.1:2526',
    };
    expect(load({ env }).server.publicUrl).toBe('http://127.0.0.1:3000');
  });
});
