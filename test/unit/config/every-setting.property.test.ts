import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { LOG_LEVELS } from '../../../src/config/server.config.js';
import { SETTINGS, type Setting } from '../../../src/config/settings.js';
import { load } from './given-sources.js';

/** Valid values of a setting, and what must be set beside it. */
interface Sample {
  readonly values: fc.Arbitrary<unknown>;
  readonly env?: Record<string, string>;
}

const THIS_FILE = fileURLToPath(import.meta.url);
const DATABASE_URL = 'postgres://db.internal/countersign';
const REDIS_URL = 'redis://redis.internal';

const masterKeys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const aMasterKey = Buffer.alloc(32).toString('base64');
const hosts = fc.oneof(fc.domain(), fc.ipV4());
const words = fc.stringMatching(/^[a-z]{1,12}$/);

const origins: Sample = {
  values: fc.array(
    fc.domain().map((host) => `https://${host}`),
    { maxLength: 3 },
  ),
};

function numbers(min: number, max: number): Sample {
  return { values: fc.integer({ min, max }) };
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  'server.host': { values: fc.oneof(hosts, fc.constantFrom('::1', '0.0.0.0', 'localhost')) },
  'server.port': numbers(1, 65_535),
  'server.dataDir': { values: words.map((word) => `/srv/${word}`) },
  'server.publicUrl': { values: fc.domain().map((host) => `https://${host}/im`) },
  'server.logLevel': { values: fc.constantFrom(...LOG_LEVELS) },
  'stores.databaseUrl': {
    values: fc
      .tuple(words, hosts, words)
      .map(([user, host, db]) => `postgres://${user}:${user}@${host}:5432/${db}`),
    env: { REDIS_URL, COUNTERSIGN_MASTER_KEY: aMasterKey },
  },
  'stores.redisUrl': {
    values: fc.oneof(
      hosts.map((host) => `rediss://:word@${host}:6380`),
      fc
        .array(hosts, { minLength: 2, maxLength: 4 })
        .map((all) => all.map((host) => `redis://${host}:6379`).join(',')),
      fc
        .array(hosts, { minLength: 1, maxLength: 3 })
        .map((all) => `redis+sentinel://${all.map((host) => `${host}:26379`).join(',')}/main`),
    ),
    env: { DATABASE_URL, COUNTERSIGN_MASTER_KEY: aMasterKey },
  },
  'app.secret': { values: fc.stringMatching(/^[!-~]{32,256}$/) },
  'app.adminUserIds': { values: fc.uniqueArray(words, { minLength: 1, maxLength: 4 }) },
  'masterKey.current': { values: masterKeys },
  'masterKey.previous': {
    values: masterKeys.filter((key) => key !== aMasterKey),
    env: { COUNTERSIGN_MASTER_KEY: aMasterKey },
  },
  'http.pageOrigins': origins,
  'http.trustedProxies': {
    values: fc.array(
      fc.oneof(
        fc.ipV4(),
        fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
        fc.constantFrom('loopback', 'fd00::/8', '::1'),
      ),
      { maxLength: 4 },
    ),
  },
  'http.tls.certFile': {
    values: fc.constant(THIS_FILE),
    env: { COUNTERSIGN_HTTP__TLS__KEY_FILE: THIS_FILE },
  },
  'http.tls.keyFile': {
    values: fc.constant(THIS_FILE),
    env: { COUNTERSIGN_HTTP__TLS__CERT_FILE: THIS_FILE },
  },
  'tokens.userTtlSeconds': numbers(1, 2_592_000),
  'tokens.maxUserTtlSeconds': numbers(604_800, 2_592_000),
  'tokens.adminTtlSeconds': numbers(1, 100_000),
  'tokens.clockLeewaySeconds': numbers(0, 300),
  'tokens.roleTtlSeconds': {
    values: fc.dictionary(words, fc.integer({ min: 1, max: 2_592_000 }), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  },
  'openim.userTtlSeconds': numbers(1, 2_592_000),
  'stepUp.maxAgeSeconds': numbers(1, 100_000),
  'sessions.maxLifetimeSeconds': numbers(2_592_000, 315_360_000),
  'multiLogin.policy': { values: fc.constantFrom(0, 1, 4, 5) },
  'multiLogin.maxNumOneEnd': numbers(1, 1000),
  'users.autoRegister': { values: fc.boolean() },
  'checks.ledgerGraceSeconds': numbers(0, 900),
  'checks.windowSeconds': numbers(10, 86_400),
  'checks.verifiedTokensMax': numbers(1, 10_000_000),
  'checks.copiesMax': numbers(1, 10_000_000),
  'denylist.keepRecordsSeconds': numbers(86_400, 10 * 365 * 86_400),
  'keys.algorithm': { values: fc.constantFrom('ES256', 'HS256') },
  'keys.rotationIntervalSeconds': numbers(86_400, 315_360_000),
  'keys.prepublishSeconds': numbers(1, 600),
  'businessAuth.registration': { values: fc.constantFrom('open', 'closed') },
  'businessAuth.accessTtlSeconds': numbers(1, 100_000),
  'businessAuth.refreshTtlSeconds': numbers(100_000, 315_360_000),
  'businessAuth.refreshGraceSeconds': numbers(0, 300),
  'businessAuth.sessionsMax': numbers(1, 100),
  'businessAuth.mfaTtlSeconds': numbers(30, 3600),
  'businessAuth.recoveryTtlSeconds': numbers(60, 86_400),
  'businessAuth.passwordMinCharacters': numbers(8, 64),
  'businessAuth.passwordMinStrength': numbers(0, 4),
  'businessAuth.argon2MemoryKib': numbers(8192, 2_097_152),
  'businessAuth.argon2Iterations': numbers(1, 100),
  'businessAuth.argon2Parallelism': numbers(1, 16),
  'businessAuth.hashesAtOnce': numbers(1, 64),
  'businessAuth.totpIssuer': { values: fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,40}$/) },
  'businessAuth.passkeyOrigins': {
    values: fc
      .tuple(fc.domain(), fc.array(words, { maxLength: 3 }))
      .map(([host, below]) => [host, ...below.map((word) => `${word}.${host}`)])
      .map((all) => all.map((host) => `https://${host}`)),
  },
  'rateLimits.enabled': { values: fc.boolean() },
  'rateLimits.loginPerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.loginPerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.loginPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.loginPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.registerPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.registerPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.secondFactorPerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.secondFactorPerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.stepUpPerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.stepUpPerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.secondFactorPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.secondFactorPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.stepUpPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.stepUpPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.passkeyPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.passkeyPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.sessionPerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.sessionPerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.exchangePerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.exchangePerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.recoveryPerAccount.attempts': numbers(1, 1_000_000),
  'rateLimits.recoveryPerAccount.perSeconds': numbers(1, 315_360_000),
  'rateLimits.recoveryPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.recoveryPerAddress.perSeconds': numbers(1, 315_360_000),
  'rateLimits.appSecretPerAddress.attempts': numbers(1, 1_000_000),
  'rateLimits.appSecretPerAddress.perSeconds': numbers(1, 315_360_000),
  'mail.smtpUrl': { values: hosts.map((host) => `smtps://user:word@${host}`) },
  'mail.from': { values: words.map((word) => `Login <${word}@example.com>`) },
  'sms.webhookUrl': { values: fc.domain().map((host) => `https://${host}/sms`) },
  'sms.webhookSecret': { values: fc.stringMatching(/^[!-~]{32,64}$/) },
};

function sampleOf(setting: Setting): Sample {
  const sample = SAMPLES[setting.name];
  if (sample === undefined) throw new Error(`no sample values for ${setting.name}`);
  return sample;
}

function read(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config);
}

/** The ways in which a value may be written in the environment. */
function writings(setting: Setting, value: unknown): string[] {
  if (setting.note.kind === 'list') return [(value as string[]).join(','), JSON.stringify(value)];
  if (setting.note.kind === 'map') {
    const pairs = Object.entries(value as object).map(([name, ttl]) => `${name}=${ttl}`);
    return [pairs.join(','), JSON.stringify(value)];
  }
  return [String(value)];
}

describe.each(SETTINGS.map((setting) => ({ ...setting })))('$name', (setting) => {
  const { values, env = {} } = sampleOf(setting);

  it(`is set by ${setting.env}`, () => {
    fc.assert(
      fc.property(values, (value) => {
        for (const text of writings(setting, value)) {
          const config = load({ env: { ...env, [setting.env]: text } });
          expect(read(config, setting.path)).toEqual(value);
        }
      }),
      { numRuns: 30 },
    );
  });
});

const IN_FILES = SETTINGS.filter((setting) => setting.note.secret !== true);

describe.each(IN_FILES.map((setting) => ({ ...setting })))('$name', (setting) => {
  const { values, env = {} } = sampleOf(setting);

  it('is set by a file', () => {
    fc.assert(
      fc.property(values, (value) => {
        const nested = setting.path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
        // JSON is YAML.
        const config = load({ env, files: { 'default.yaml': JSON.stringify(nested) } });
        expect(read(config, setting.path)).toEqual(value);
      }),
      { numRuns: 10 },
    );
  });
});
