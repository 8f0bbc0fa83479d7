import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { BrokerProcess } from '../../support/broker-process.js';
import { freePort } from '../../support/free-port.js';
import { temporaryDirectory } from '../../support/server-process.js';

const KEY = Buffer.alloc(32, 1).toString('base64');
const LONG = 'a-secret-of-more-than-thirty-two-characters';

describe('a start that cannot be right stops, and says why', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await temporaryDirectory('wrong-settings');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const cases: [string, () => Record<string, string>, RegExp[]][] = [
    ['a port that is none', () => ({ PORT: 'http' }), [/PORT|server\.port/, /65535/]],
    [
      'an unknown setting',
      () => ({ COUNTERSIGN_TOKENS__USER_TTL_SECOND: '60' }),
      [
        /COUNTERSIGN_TOKENS__USER_TTL_SECOND\b/,
        /Did you mean COUNTERSIGN_TOKENS__USER_TTL_SECONDS/,
      ],
    ],
    [
      'a policy that there is not',
      () => ({ COUNTERSIGN_MULTI_LOGIN__POLICY: '3' }),
      [/0, 1, 4, 5/],
    ],
    ['PostgreSQL without Redis', () => ({ DATABASE_URL: inject('databaseUrl') }), [/REDIS_URL/]],
    ['Redis without PostgreSQL', () => ({ REDIS_URL: inject('redisUrl') }), [/DATABASE_URL/]],
    [
      'a cluster without a master key',
      () => ({ DATABASE_URL: inject('databaseUrl'), REDIS_URL: inject('redisUrl') }),
      [/COUNTERSIGN_MASTER_KEY is not set/],
    ],
    ['a short secret', () => ({ COUNTERSIGN_APP_SECRET: 'short-but-secret' }), [/32/]],
    ['a short master key', () => ({ COUNTERSIGN_MASTER_KEY: 'c2hvcnQta2V5' }), [/32 bytes/]],
    [
      'production without what production needs',
      () => ({ NODE_ENV: 'production' }),
      [/PUBLIC_URL is not set/, /http\.tls is not set/, /COUNTERSIGN_APP_SECRET is not set/],
    ],
    ['a misspelt environment', () => ({ NODE_ENV: 'prodcution' }), [/NODE_ENV is "prodcution"/]],
    [
      'a database that is not there',
      () => ({
        DATABASE_URL: 'postgres://user:the-password@127.0.0.1:1/none',
        REDIS_URL: inject('redisUrl'),
        COUNTERSIGN_MASTER_KEY: KEY,
        COUNTERSIGN_APP_SECRET: LONG,
      }),
      [/ECONNREFUSED|cannot be reached|PostgreSQL/],
    ],
    [
      'a directory that cannot be made',
      () => ({ DATA_DIR: '/dev/null/data' }),
      [/ENOTDIR|DATA_DIR/],
    ],
  ];

  test.concurrent.each(cases)('%s', async (what, settings, says) => {
    const given = settings();
    const dataDirectory = join(directory, what.replaceAll(/\W/g, '-'));
    const exit = await BrokerProcess.runToEnd({ DATA_DIR: dataDirectory, ...given });

    expect(exit.code).toBe(1);
    for (const words of says) expect(exit.output).toMatch(words);
    for (const secret of ['short-but-secret', 'c2hvcnQta2V5', 'the-password', KEY, LONG]) {
      expect(exit.output).not.toContain(secret);
    }
    const { password } = new URL(inject('databaseUrl'));
    if (password !== '') expect(exit.output).not.toContain(password);
    // Settings are the operator's mistake, and no stack helps to mend them.
    expect(exit.output).not.toMatch(/node_modules/);
  });

  test('a port that is taken', async () => {
    const port = await freePort();
    const settings = { DATA_DIR: join(directory, 'first') };
    const broker = await BrokerProcess.start({ settings, port });
    const second = { DATA_DIR: join(directory, 'second'), PORT: String(port) };
    const exit = await BrokerProcess.runToEnd(second);

    expect(exit.code).toBe(1);
    expect(exit.output).toMatch(/EADDRINUSE/);
    await broker.kill();
  });
});
