import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeEnded, encodeSessions } from '../../src/stores/sql/user-row.js';
import { FILLED_APP, type FilledUserOf, filledUser, nowSeconds } from './filled-user.js';

const CHUNK = 5000;

/** Puts members, as `userOf` makes them, into the ledger of a broker that runs. */
export async function fillSqlite(
  directory: string,
  users: number,
  userOf: FilledUserOf = filledUser,
): Promise<void> {
  const ledger = new DatabaseSync(join(directory, 'ledger.sqlite'), { timeout: 10_000 });
  try {
    const insert = ledger.prepare(
      `insert into im_users (app_id, user_id, tag, version, status, role, sessions, ended,
         nickname, face_url, ex, created_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, '', '', '', ?)`,
    );
    const now = nowSeconds();
    for (let from = 0; from < users; from += CHUNK) {
      ledger.exec('begin immediate');
      for (let number = from; number < Math.min(from + CHUNK, users); number += 1) {
        const { userId, tag, record } = userOf(number, now);
        const { version, status, role } = record;
        const [sessions, ended] = [encodeSessions(record), encodeEnded(record)];
        insert.run(FILLED_APP, userId, tag, version, status, role, sessions, ended, now);
      }
      ledger.exec('commit');
      // The broker has its turn at the file.
      await new Promise((resolve) => setImmediate(resolve));
    }
    ledger.exec('pragma wal_checkpoint(truncate)');
  } finally {
    ledger.close();
  }
}
