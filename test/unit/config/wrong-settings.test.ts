import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/config/settings.js';
import { refusal } from './given-sources.js';

const SECRETS = SETTINGS.filter((setting) => setting.note.secret === true);

describe('a wrong value stops the start', () => {
  it.each([
    ['HOST', 'not a host', 'an IP address or a host name'],
    ['HOST', '', 'an IP address or a host name'],
    ['PORT', '0', 'a whole number from 1 to 65535'],
    ['PORT', '65536', 'a whole number from 1 to 65535'],
    ['PORT', '3000.5', 'a whole number from 1 to 65535'],
    ['PORT', '0x10', 'a whole number from 1 to 65535'],
    ['PORT', ' 3000', 'a whole number from 1 to 65535'],
    ['PORT', '1e3', 'a whole number from 1 to 65535'],
    ['PORT', '', 'a whole number from 1 to 65535'],
    ['DATA_DIR', '', 'the path of a directory'],
    ['LOG_LEVEL', 'INFO', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['PUBLIC_URL', 'im.example.com', 'an http or https URL'],
    ['PUBLIC_URL', 'ftp://im.example.com', 'an http or https URL'],
    ['PUBLIC_URL', 'https://im.example.com/?a=1', 'an http or https URL'],
    ['PUBLIC_URL', 'https://im.example.com/#top', 'an http or https URL'],
    ['COUNTERSIGN_ADMIN_USER_IDS', '', 'at least one user id'],
    ['COUNTERSIGN_ADMIN_USER_IDS', 'a,a', 'at least one user id, none twice'],
    ['COUNTERSIGN_ADMIN_USER_IDS', 'a:b', 'without spaces, commas and colons'],
    ['COUNTERSIGN_ADMIN_USER_IDS', '["a"', 'at least one user id'],
    ...[
      'http://',
      'null',
      '*',
      'https://Login.example.com',
      'https://a.example/',
      'ftp://a.example',
    ]
      .concat(['https://a.example:443', 'https://me@a.example', 'a.example'])
      .flatMap((text) => [
        ['COUNTERSIGN_HTTP__PAGE_ORIGINS', text, 'origins as browsers write them'],
        ['COUNTERSIGN_BUSINESS_AUTH__PASSKEY_ORIGINS', text, 'origins as browsers write them'],
      ]),
    ['COUNTERSIGN_HTTP__TRUSTED_PROXIES', '0.0.0.0/0', 'a prefix of at least 1'],
    ['COUNTERSIGN_HTTP__TRUSTED_PROXIES', '10.0.0.0/33', 'IP addresses, CIDR ranges'],
    ['COUNTERSIGN_HTTP__TRUSTED_PROXIES', 'proxy.internal', 'IP addresses, CIDR ranges'],
    ['COUNTERSIGN_TOKENS__USER_TTL_SECONDS', '0', 'a whole number from 1 to 315360000'],
    ['COUNTERSIGN_TOKENS__USER_TTL_SECONDS', '-5', 'a whole number from 1 to 315360000'],
    ['COUNTERSIGN_TOKENS__USER_TTL_SECONDS', '1h', 'a whole number from 1 to 315360000'],
    ['COUNTERSIGN_TOKENS__CLOCK_LEEWAY_SECONDS', '301', 'a whole number from 0 to 300'],
    ['COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS', 'vip', 'role names'],
    ['COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS', 'vip=1,vip=2', 'role names'],
    ['COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS', 'vip=soon', 'role names'],
    ['COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS', '{"vip":"1"}', 'role names'],
    ['COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS', '{"__proto__":1}', 'role names'],
    ['COUNTERSIGN_MULTI_LOGIN__POLICY', '2', 'one of 0, 1, 4, 5'],
    ['COUNTERSIGN_MULTI_LOGIN__POLICY', '3', 'one of 0, 1, 4, 5'],
    ['COUNTERSIGN_USERS__AUTO_REGISTER', 'yes', 'true or false'],
    ['COUNTERSIGN_USERS__AUTO_REGISTER', '1', 'true or false'],
    ['COUNTERSIGN_KEYS__ALGORITHM', 'none', 'one of ES256, HS256'],
    ['COUNTERSIGN_KEYS__ALGORITHM', 'RS256', 'one of ES256, HS256'],
    ['COUNTERSIGN_MAIL__FROM', '', 'an address'],
    ['COUNTERSIGN_MAIL__FROM', 'Countersign', 'an address'],
    ['COUNTERSIGN_MAIL__FROM', 'a@example.com, b@example.com', 'an address'],
    ['COUNTERSIGN_MAIL__FROM', 'Login <login@example.com', 'an address'],
    ['COUNTERSIGN_MAIL__FROM', 'Login <login@example.com>\r\nBcc: a@b', 'an address'],
    ['COUNTERSIGN_MAIL__FROM', 'Login\nBcc: a@b <login@example.com>', 'an address'],
  ])('%s=%j', (name, text, allowed) => {
    const setting = SETTINGS.find((candidate) => candidate.env === name);
    const message = refusal({ env: { [name]: text } });
    expect(message).toContain(`${setting?.name} is `);
    expect(message).toContain(`(from ${name})`);
    expect(message).toContain(`allowed is ${setting?.note.allowed}`);
    expect(message).toContain(allowed);
  });

  it('names the value', () => {
    expect(refusal({ env: { PORT: 'eighty' } })).toContain('server.port is "eighty" (from PORT)');
  });

  it.each([
    ['port: "3000"', 'server.port is "3000"'],
    ['port:', 'server.port is null'],
    ['logLevel: [info]', 'server.logLevel is ["info"]'],
  ])('in a file: %s', (yaml, message) => {
    const files = { 'default.yaml': `server:\n  ${yaml}\n` };
    expect(refusal({ files })).toContain(`${message} (from config/default.yaml)`);
  });

  it('a value of a million characters is cut', () => {
    expect(refusal({ env: { LOG_LEVEL: 'x'.repeat(1_000_000) } }).length).toBeLessThan(1000);
  });
});

describe('an unknown setting stops the start', () => {
  it('in the environment, with the name that was probably meant', () => {
    const message = refusal({ env: { COUNTERSIGN_TOKENS__USER_TTL_SECOND: '60' } });
    expect(message).toContain('COUNTERSIGN_TOKENS__USER_TTL_SECOND is "60" in the environment');
    expect(message).toContain('Did you mean COUNTERSIGN_TOKENS__USER_TTL_SECONDS');
  });

  it('in the environment, far from any name', () => {
    const message = refusal({ env: { COUNTERSIGN_X: 'on' } });
    expect(message).toContain(
      'COUNTERSIGN_X is "on" in the environment, but there is no such setting',
    );
    expect(message).not.toContain('Did you mean');
  });

  it('in the environment, where a setting has a short name', () => {
    expect(refusal({ env: { COUNTERSIGN_SERVER__PORT: '1' } })).toContain('no such setting');
  });

  it.each([
    ['tokens:\n  userTtl: 60\n', 'tokens.userTtl is 60 in config/default.yaml'],
    ['token:\n  userTtlSeconds: 60\n', 'Did you mean tokens?'],
    ['tokens:\n  userTTLSeconds: 60\n', 'Did you mean tokens.userTtlSeconds?'],
    ['tokens:\n  userTtl: 60\n', 'Allowed there: tokens.userTtlSeconds, tokens.maxUserTtlSeconds'],
    ['__proto__:\n  polluted: true\n', '__proto__ is (hidden) in config/default.yaml'],
    ['http:\n  tls:\n    ca: x\n', 'Allowed there: http.tls.certFile, http.tls.keyFile'],
  ])('in a file: %j', (yaml, message) => {
    expect(refusal({ files: { 'default.yaml': yaml } })).toContain(message);
  });

  it.each(['tokens: 60\n', 'tokens: [60]\n', '- tokens\n', 'tokens\n'])(
    'a file without the right shape: %j',
    (yaml) => {
      expect(refusal({ files: { 'default.yaml': yaml } })).toMatch(/section/);
    },
  );

  it.each(['server: {port: 1\n', 'server:\n  port: 1\n  port: 2\n', 'a: *nowhere\n'])(
    'a file that is no YAML: %j',
    (yaml) => {
      expect(refusal({ files: { 'default.yaml': yaml } })).toContain('config/default.yaml');
    },
  );

  it('variables of other programs are none of ours', () => {
    expect(() => refusal({ env: { PATH: '/bin', COUNTERSIGNER: '1', PORTS: '1' } })).toThrow(
      'the settings were taken',
    );
  });
});

it('all that is wrong is told at once', () => {
  const message = refusal({
    env: { PORT: '0', COUNTERSIGN_X: '1', DATABASE_URL: 'postgres://db/x', NODE_ENV: 'nowhere' },
    files: { 'default.yaml': 'keys:\n  algorithm: none\n  size: 5\n' },
  });
  expect(message.split('\n')).toHaveLength(7);
  expect(message).toMatch(/can't start, 6 settings are wrong:/);
  for (const part of [
    'server.port',
    'COUNTERSIGN_X',
    'REDIS_URL is not set',
    'NODE_ENV',
    'keys.algorithm',
    'keys.size',
  ]) {
    expect(message).toContain(part);
  }
});

describe('a secret is never shown', () => {
  const wrong = fc.stringMatching(/^[A-Za-z0-9]{12,31}$/);

  it.each(SECRETS.map((setting) => ({ ...setting })))('$name, when it is wrong', (setting) => {
    fc.assert(
      fc.property(wrong, (secret) => {
        const message = refusal({ env: { [setting.env]: secret } });
        expect(message).toContain(`${setting.name} is (hidden) (from ${setting.env})`);
        expect(message).not.toContain(secret);
      }),
    );
  });

  it.each(SECRETS.map((setting) => ({ ...setting })))('$name, in a file', (setting) => {
    const [section, key] = setting.path;
    const secret = randomBytes(32).toString('base64');
    const message = refusal({ files: { 'default.yaml': `${section}:\n  ${key}: ${secret}\n` } });
    expect(message).toContain(`set ${setting.env} in the environment`);
    expect(message).not.toContain(secret);
  });

  it.each([
    'COUNTERSIGN_APP_SECRT',
    'COUNTERSIGN_APPSECRET',
    'COUNTERSIGN_MASTERKEY',
    'COUNTERSIGN_MASTER_KEY_OLD',
    'COUNTERSIGN_DATABASE_URL',
    'COUNTERSIGN_SMTP_PASSWORD',
    'COUNTERSIGN_API_KEY',
  ])('under the misspelt name %s', (name) => {
    fc.assert(
      fc.property(wrong, (secret) => {
        const message = refusal({ env: { [name]: secret } });
        expect(message).toContain(`${name} is (hidden)`);
        expect(message).not.toContain(secret);
      }),
    );
  });

  it('long and random under any unknown name', () => {
    const secret = randomBytes(24).toString('hex');
    expect(refusal({ env: { COUNTERSIGN_FOO: secret } })).not.toContain(secret);
    expect(refusal({ files: { 'default.yaml': `foo: ${secret}\n` } })).not.toContain(secret);
  });

  it('in the credentials of a public URL', () => {
    const secret = randomBytes(12).toString('hex');
    const message = refusal({ env: { PUBLIC_URL: `https://user:${secret}@im.example.com` } });
    expect(message).toContain('https://(hidden)@im.example.com');
    expect(message).not.toContain(secret);
  });

  it('in a file that is no YAML', () => {
    const secret = randomBytes(12).toString('hex');
    const files = { 'default.yaml': `app:\n  secret: "${secret}\n` };
    expect(refusal({ files })).not.toContain(secret);
  });
});

it.each([
  'A'.repeat(31),
  `${'A'.repeat(40)} `,
  `${'A'.repeat(40)}\n`,
  'A'.repeat(257),
  'é'.repeat(40),
])('an app secret like %j is refused', (secret) => {
  expect(refusal({ env: { COUNTERSIGN_APP_SECRET: secret } })).toContain(
    'allowed is 32 to 256 printable ASCII characters',
  );
});

it.each([
  Buffer.alloc(31).toString('base64'),
  Buffer.alloc(33).toString('base64'),
  Buffer.alloc(32).toString('hex'),
  Buffer.alloc(32).toString('base64').slice(0, -1),
  Buffer.alloc(32, 0xff).toString('base64url'),
  `${Buffer.alloc(32).toString('base64')}\n`,
])('a master key like %j is refused', (key) => {
  expect(refusal({ env: { COUNTERSIGN_MASTER_KEY: key } })).toContain('32 bytes in base64');
});

it.each([
  'redis.internal:6379',
  'http://redis.internal',
  'redis://a:6379,rediss://b:6379',
  'redis://a:6379,',
  'redis+sentinel://a:26379',
  'redis+sentinel://a/main',
  'redis+sentinel://a:26379,/main',
])('a Redis URL like %s is refused', (url) => {
  const env = { REDIS_URL: url, DATABASE_URL: 'postgres://db/x' };
  expect(refusal({ env })).toContain('stores.redisUrl is (hidden) (from REDIS_URL)');
});

it.each(['mysql://db/x', 'db.internal', 'postgres://', 'postgres://db:port/x'])(
  'a database URL like %s is refused',
  (url) => {
    const env = { DATABASE_URL: url, REDIS_URL: 'redis://redis' };
    expect(refusal({ env })).toContain('stores.databaseUrl is (hidden) (from DATABASE_URL)');
  },
);
