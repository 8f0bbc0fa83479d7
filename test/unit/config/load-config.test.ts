import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import { load, refusal } from './given-sources.js';

const cluster = {
  DATABASE_URL: 'postgres://db.internal/countersign',
  REDIS_URL: 'redis://redis.internal:6379',
  COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
};

describe('without any source', () => {
  it('every setting has the documented default', () => {
    expect(load()).toEqual({
      profile: 'embedded',
      environment: 'development',
      server: {
        host: '127.0.0.1',
        port: 3000,
        dataDir: './data',
        publicUrl: 'http://127.0.0.1:3000',
        logLevel: 'info',
      },
      stores: {},
      app: { adminUserIds: ['imAdmin'] },
      masterKey: {},
      http: { trustedProxies: [], pageOrigins: [], tls: {} },
      tokens: {
        userTtlSeconds: 3600,
        maxUserTtlSeconds: 30 * 86_400,
        adminTtlSeconds: 900,
        clockLeewaySeconds: 5,
        roleTtlSeconds: {},
      },
      openim: { userTtlSeconds: 7 * 86_400 },
      stepUp: { maxAgeSeconds: 300 },
      sessions: { maxLifetimeSeconds: 30 * 86_400 },
      multiLogin: { policy: 1, maxNumOneEnd: 30 },
      users: { autoRegister: true },
      checks: {
        ledgerGraceSeconds: 10,
        windowSeconds: 900,
        verifiedTokensMax: 100_000,
        copiesMax: 200_000,
      },
      denylist: { keepRecordsSeconds: 365 * 86_400 },
      keys: { algorithm: 'ES256', rotationIntervalSeconds: 86_400, prepublishSeconds: 600 },
      businessAuth: {
        registration: 'open',
        accessTtlSeconds: 900,
        refreshTtlSeconds: 30 * 86_400,
        refreshGraceSeconds: 10,
        sessionsMax: 20,
        mfaTtlSeconds: 300,
        recoveryTtlSeconds: 900,
        passwordMinCharacters: 8,
        passwordMinStrength: 3,
        argon2MemoryKib: 19_456,
        argon2Iterations: 2,
        argon2Parallelism: 1,
        totpIssuer: 'Countersign',
        passkeyOrigins: [],
      },
      rateLimits: {
        enabled: true,
        loginPerAccount: { attempts: 10, perSeconds: 900 },
        loginPerAddress: { attempts: 100, perSeconds: 900 },
        registerPerAddress: { attempts: 60, perSeconds: 3600 },
        secondFactorPerAccount: { attempts: 10, perSeconds: 900 },
        secondFactorPerAddress: { attempts: 100, perSeconds: 900 },
        stepUpPerAccount: { attempts: 10, perSeconds: 900 },
        stepUpPerAddress: { attempts: 100, perSeconds: 900 },
        passkeyPerAddress: { attempts: 300, perSeconds: 900 },
        recoveryPerAccount: { attempts: 5, perSeconds: 3600 },
        recoveryPerAddress: { attempts: 30, perSeconds: 3600 },
        sessionPerAccount: { attempts: 300, perSeconds: 900 },
        exchangePerAccount: { attempts: 300, perSeconds: 900 },
        appSecretPerAddress: { attempts: 100, perSeconds: 60 },
      },
      mail: { from: 'Countersign <no-reply@localhost>' },
      sms: {},
    });
  });

  it('the shipped default.yaml says the same', () => {
    const directory = fileURLToPath(new URL('../../../config', import.meta.url));
    expect(loadConfig({ env: {}, directory })).toEqual(load());
  });

  it('the package finds its own config directory', () => {
    expect(loadConfig({ env: {} })).toEqual(load());
  });

  it('a directory without default.yaml is refused', () => {
    expect(() => loadConfig({ env: {}, directory: '/nonexistent' })).toThrow(
      'config/default.yaml is missing in /nonexistent',
    );
  });
});

describe('precedence', () => {
  const files = {
    'default.yaml': 'server:\n  port: 4001\n  host: 127.0.0.2\n  logLevel: warn\n',
    'staging.yaml': 'server:\n  port: 4002\n  host: 127.0.0.3\n',
  };

  it('a file of the environment goes before default.yaml, and the environment before both', () => {
    const { server, environment } = load({ files, env: { NODE_ENV: 'staging', PORT: '4003' } });
    expect(environment).toBe('staging');
    expect(server).toMatchObject({ port: 4003, host: '127.0.0.3', logLevel: 'warn' });
  });

  it('a file of another environment is not read', () => {
    expect(load({ files, env: {} }).server.port).toBe(4001);
  });

  it('a list or map is replaced as a whole, not merged', () => {
    const config = load({
      files: {
        'default.yaml':
          'tokens: { roleTtlSeconds: { vip: 60 } }\nhttp: { trustedProxies: [10.0.0.1] }\n',
      },
      env: {
        COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS: 'guest=5',
        COUNTERSIGN_HTTP__TRUSTED_PROXIES: '',
      },
    });
    expect(config.tokens.roleTtlSeconds).toEqual({ guest: 5 });
    expect(config.http.trustedProxies).toEqual([]);
  });
});

describe('NODE_ENV', () => {
  it.each(['development', 'test'])('%s needs no file', (name) => {
    expect(load({ env: { NODE_ENV: name } }).environment).toBe(name);
  });

  it.each(['prodution', 'Production', '', '../secrets', 'staging'])(
    '%j, which has no file, is refused',
    (name) => {
      expect(refusal({ env: { NODE_ENV: name } })).toContain(
        `NODE_ENV is ${JSON.stringify(name)}: allowed is development, test, production`,
      );
    },
  );
});

describe('what is derived', () => {
  it('the public URL is that of host and port', () => {
    const { server } = load({ env: { HOST: 'broker.internal', PORT: '8080' } });
    expect(server.publicUrl).toBe('http://broker.internal:8080');
  });

  it('an IPv6 host stands in brackets', () => {
    expect(load({ env: { HOST: '::1' } }).server.publicUrl).toBe('http://[::1]:3000');
  });

  it('with TLS it is https', () => {
    const file = fileURLToPath(import.meta.url);
    const env = {
      COUNTERSIGN_HTTP__TLS__CERT_FILE: file,
      COUNTERSIGN_HTTP__TLS__KEY_FILE: file,
    };
    expect(load({ env }).server.publicUrl).toBe('https://127.0.0.1:3000');
  });

  it('slashes at the end of a public URL are dropped', () => {
    const env = { PUBLIC_URL: 'https://im.example.com/auth//' };
    expect(load({ env }).server.publicUrl).toBe('https://im.example.com/auth');
  });

  it('both store URLs make the cluster profile', () => {
    expect(load({ env: cluster }).profile).toBe('cluster');
  });

  it('nothing of it can be changed', () => {
    const config = load({ env: { COUNTERSIGN_TOKENS__ROLE_TTL_SECONDS: 'vip=5' } });
    const objects: object[] = [config];
    for (let object = objects.pop(); object !== undefined; object = objects.pop()) {
      expect(Object.isFrozen(object)).toBe(true);
      objects.push(...Object.values(object).filter((value) => typeof value === 'object'));
    }
  });

  it('a role named like something that all objects have has no lifetime of its own', () => {
    const { roleTtlSeconds } = load().tokens;
    expect(roleTtlSeconds['constructor']).toBeUndefined();
    expect(roleTtlSeconds['__proto__']).toBeUndefined();
  });
});
