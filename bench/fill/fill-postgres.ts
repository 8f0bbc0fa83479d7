import { Client } from 'pg';
import { encodeEnded, encodeSessions } from '../../src/stores/sql/user-row.js';
import { FILLED_APP, type FilledUserOf, filledUser, nowSeconds } from './filled-user.js';

const CHUNK = 10_000;

/**
 * Puts members, as `userOf` makes them, into the ledger of a broker that runs, and does what
 * autovacuum does to a table that grew by itself.
 */
export async function fillPostgres(
  url: string,
  users: number,
  userOf: FilledUserOf = filledUser,
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const now = nowSeconds();
    for (let from = 0; from < users; from += CHUNK) {
      const count = Math.min(CHUNK, users - from);
      const chunk = Array.from({ length: count }, (_, index) => userOf(from + index, now));
      await client.query({
        name: 'fill',
        text: `insert into im_users (app_id, user_id, tag, version, status, role, sessions, ended,
            nickname, face_url, ex, created_at)
          select $1, c.*, '', '', '', $2
          from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
            $9::text[]) as c`,
        values: [
          FILLED_APP,
          now,
          chunk.map(({ userId }) => userId),
          chunk.map(({ tag }) => tag),
          chunk.map(({ record }) => record.version),
          chunk.map(({ record }) => record.status),
          chunk.map(({ record }) => record.role),
          chunk.map(({ record }) => encodeSessions(record)),
          chunk.map(({ record }) => encodeEnded(record)),
        ],
      });
    }
    await client.query('vacuum (analyze) im_users');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}
