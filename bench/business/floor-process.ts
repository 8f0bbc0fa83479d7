import { hash as digest, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Algorithm, hash } from '@node-rs/argon2';
import Fastify from 'fastify';
import { openPostgres } from '../../src/stores/sql/postgres/open-postgres.js';
import { openSqlite } from '../../src/stores/sql/sqlite/open-sqlite.js';
import { freePort } from '../../test/support/free-port.js';
import { FloorTokens } from '../floors/signing.js';
import type { StartFloor } from '../floors/floor-process.js';
import type { LoadResult } from '../load/run-load.js';
import { quantiles } from '../measure/quantiles.js';
import { answerCalls } from '../processes/calls.js';

/*
 * The floors of the business tier: a refresh as one guarded UPDATE, each committed by itself, and a
 * login as nothing but its hash.
 */

/** Takes the place of a session's token; whether it was the one that worked. */
type Spend = (id: string, spent: string, next: string, expiresAt: number) => Promise<boolean>;
type Add = (id: string, token: string, expiresAt: number) => Promise<void>;

const ACCESS_SECONDS = 900;
const REFRESH_SECONDS = 30 * 24 * 3600;
const CONNECTIONS = 12;

async function openSessions(start: StartFloor): Promise<{ add: Add; spend: Spend }> {
  return start.databaseUrl === undefined
    ? onSqlite(start.directory)
    : onPostgres(start.databaseUrl);
}

async function onSqlite(directory: string): Promise<{ add: Add; spend: Spend }> {
  const { connection } = await openSqlite(join(directory, 'floor.sqlite'));
  connection.exec(`create table floor_refresh (id text primary key, token text not null,
    expires_at integer not null)`);
  const insert = connection.prepare('insert into floor_refresh values (?, ?, ?)');
  const update = connection.prepare(
    'update floor_refresh set token = ?, expires_at = ? where id = ? and token = ?',
  );
  return {
    add: async (...row) => void insert.run(...row),
    spend: async (id, spent, next, expiresAt) => {
      return Number(update.run(next, expiresAt, id, spent).changes) === 1;
    },
  };
}

async function onPostgres(url: string): Promise<{ add: Add; spend: Spend }> {
  const { pool } = await openPostgres(url, {
    connections: CONNECTIONS,
    migrate: false,
    onIdleError: (error) => {
      throw error;
    },
  });
  await pool.query(`create table floor_refresh (id text collate "C" primary key,
    token text not null, expires_at bigint not null) with (fillfactor = 65)`);
  return {
    add: async (...values) => {
      await pool.query('insert into floor_refresh values ($1, $2, $3)', values);
    },
    spend: async (id, spent, next, expiresAt) => {
      const { rowCount } = await pool.query({
        name: 'floor-spend',
        text: 'update floor_refresh set token = $1, expires_at = $2 where id = $3 and token = $4',
        values: [next, expiresAt, id, spent],
      });
      return rowCount === 1;
    },
  };
}

async function serve(start: StartFloor): Promise<string> {
  const sessions = await openSessions(start);
  const port = await freePort();
  const tokens = new FloorTokens(`http://127.0.0.1:${port}`);
  const expiry = () => Math.floor(Date.now() / 1000) + REFRESH_SECONDS;
  const tokensOf = async (id: string, secret: string) => ({
    accessToken: await tokens.sign(id, id, ACCESS_SECONDS),
    tokenType: 'Bearer',
    expiresIn: ACCESS_SECONDS,
    refreshToken: `${id}.${secret}`,
    sessionId: id,
    userId: id,
  });
  const newSecret = () => randomBytes(32).toString('base64url');

  const app = Fastify();
  app.post('/v1/auth/register', async () => ({}));
  app.post('/v1/auth/login', async () => {
    const [id, secret] = [randomBytes(16).toString('base64url'), newSecret()];
    await sessions.add(id, digest('sha256', secret, 'base64url'), expiry());
    return tokensOf(id, secret);
  });
  app.post<{ Body: { refreshToken: string } }>('/v1/auth/refresh', async ({ body }, reply) => {
    const [id = '', spent = ''] = body.refreshToken.split('.');
    const next = newSecret();
    const [before, after] = [spent, next].map((secret) => digest('sha256', secret, 'base64url'));
    if (!(await sessions.spend(id, before ?? '', after ?? '', expiry()))) {
      void reply.status(401);
      return {};
    }
    return tokensOf(id, next);
  });
  await app.listen({ port, host: '127.0.0.1' });
  return `127.0.0.1:${port}`;
}

interface HashCall {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
  /** Hashes at once. */
  readonly atOnce: number;
  readonly seconds: number;
}

/** Nothing but Argon2id with these parameters. */
async function hashes(call: HashCall): Promise<LoadResult> {
  const { memoryKib, iterations, parallelism, atOnce, seconds } = call;
  const options = {
    algorithm: Algorithm.Argon2id,
    memoryCost: memoryKib,
    timeCost: iterations,
    parallelism,
  };
  const times: number[] = [];
  const began = performance.now();
  const deadline = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let at = began; at < deadline;) {
        at = performance.now();
        await hash('a password of some length', options);
        times.push(performance.now() - at);
      }
    }),
  );
  const { p50, p99 } = quantiles(times);
  return { operations: times.length, seconds: (performance.now() - began) / 1000, p50, p99 };
}

answerCalls({ start: serve, hashes }, () => process.exit());
process.on('SIGTERM', () => process.exit());
