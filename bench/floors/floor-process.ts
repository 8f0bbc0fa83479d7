import Fastify from 'fastify';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connect-redis.js';
import { freePort } from '../../test/support/free-port.js';
import type { LoadResult } from '../load/run-load.js';
import { userIdOf } from '../load/request.js';
import { answerCalls } from '../processes/calls.js';
import { batchLoop } from './batch-loop.js';
import { floorRow, RowCommits } from './row-commits.js';
import { FloorTokens } from './signing.js';

export interface StartFloor {
  /** Where SQLite's file goes. */
  readonly directory: string;
  /** Both or neither: the profile. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** What the broker gives by default: OpenIM's calls, the native ones. */
const OPENIM_SECONDS = 7 * 24 * 3600;
const NATIVE_SECONDS = 3600;
const COPY_SECONDS = 900;

/*
 * The floors over HTTP: bare Fastify handlers that do what can't be left out, and nothing else.
 */

async function serve(start: StartFloor): Promise<string> {
  const commits =
    start.databaseUrl === undefined
      ? await RowCommits.onSqlite(start.directory)
      : await RowCommits.onPostgres(start.databaseUrl);
  const redis = start.redisUrl === undefined ? undefined : await openRedis(start.redisUrl);
  const port = await freePort();
  const tokens = new FloorTokens(`http://127.0.0.1:${port}`);
  loop = (seconds, connections) => batchLoop(commits, tokens, seconds, connections);

  const mint = async (userId: string, lifetime: number): Promise<[string, string]> => {
    const row = floorRow(userId, lifetime);
    await commits.submit(row);
    await redis?.set(`floor:c{7:default${userId}}`, copyText(row.sessionId), 'EX', COPY_SECONDS);
    return [await tokens.sign(userId, row.sessionId, lifetime), row.sessionId];
  };

  const app = Fastify();
  app.post<{ Body: { userID: string } }>('/auth/get_user_token', async ({ body }) => {
    const [token] = await mint(body.userID, OPENIM_SECONDS);
    return {
      errCode: 0,
      errMsg: '',
      errDlt: '',
      data: { token, expireTimeSeconds: OPENIM_SECONDS },
    };
  });
  app.post<{ Body: { userId: string } }>('/v1/im/tokens', async ({ body: { userId } }, reply) => {
    const [token, sessionId] = await mint(userId, NATIVE_SECONDS);
    void reply.status(201);
    return {
      token,
      tokenType: 'Bearer',
      expiresIn: NATIVE_SECONDS,
      expiresAt: new Date(Date.now() + NATIVE_SECONDS * 1000).toISOString(),
      sessionId,
      userId,
      platformId: 1,
      deviceId: null,
      // Every mint of a member ends the session before it, and names it.
      kicked: [{ sessionId, platformId: 1, deviceId: null }],
    };
  });
  const answer = {
    errCode: 0,
    errMsg: '',
    errDlt: '',
    data: { userID: userIdOf('member', 0), platformID: 1, expireTimeSeconds: 1_800_000_000 },
  };
  let isCold = false;
  setCold = (cold) => void (isCold = cold);
  await redis?.set('floor:copy', copyText('0123456789abcdef012345'));
  app.post<{ Body: { token: string } }>('/auth/parse_token', async ({ body }) => {
    if (isCold) {
      tokens.verify(body.token);
      await redis?.get('floor:copy');
    }
    return answer;
  });
  await app.listen({ port, host: '127.0.0.1' });
  return `127.0.0.1:${port}`;
}

function openRedis(url: string): Promise<RedisConnection> {
  return connectRedis(url, {
    report: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
}

/** As long as the copy of a user with one session. */
function copyText(sessionId: string): string {
  return `1abcdef.1.abcdefg.a${sessionId.slice(0, 8)};${sessionId.slice(8)}:0;`;
}

let loop: (seconds: number, connections: number) => Promise<LoadResult>;
let setCold: (cold: boolean) => void;

answerCalls(
  {
    start: serve,
    /** Whether `parse_token` does what a token costs that was never seen. */
    cold: (cold: boolean) => setCold(cold),
    batchLoop: ({ seconds, connections }: { seconds: number; connections: number }) =>
      loop(seconds, connections),
  },
  () => process.exit(),
);
process.on('SIGTERM', () => process.exit());
