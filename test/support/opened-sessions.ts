import { join } from 'node:path';
import { SystemClock } from '../../src/common/clock.js';
import { newId, SystemEntropy } from '../../src/common/ids.js';
import {
  newFamily,
  newRefreshToken,
  refreshTokenHash,
} from '../../src/business-auth/refresh/refresh-token.js';
import type { UserLedger } from '../../src/ports/user-ledger.port.js';
import { openPostgres } from '../../src/stores/sql/postgres/open-postgres.js';
import { PostgresUserLedger } from '../../src/stores/sql/postgres/postgres-user-ledger.js';
import { SqliteUserLedger } from '../../src/stores/sql/sqlite/sqlite-user-ledger.js';
import { accountRecord, businessSession, businessWritesOf } from './account-records.js';
import type { Fleet } from './broker-fleet.js';
import { openTestLedger } from './sqlite-ledger.js';

export interface OpenedSession {
  readonly accountId: string;
  readonly sessionId: string;
  readonly refreshToken: string;
}

const entropy = new SystemEntropy();

/** Puts accounts of the app `default` into a ledger, each with one session: faster than logins. */
export async function openSessions(fleet: Fleet, count: number): Promise<OpenedSession[]> {
  const made = Array.from({ length: count }, () => newAccount());
  await withLedger(fleet, (users) =>
    users.change({
      appId: 'default',
      userIds: [],
      idempotencyKeys: [],
      revocationsOf: [],
      accountIds: made.map(({ opened }) => opened.accountId).toSorted(),
      names: [],
      whole: true,
      withProfiles: false,
      decide: () => businessWritesOf({ accounts: made.map(({ entry }) => entry) }),
    }),
  );
  return made.map(({ opened }) => opened);
}

function newAccount() {
  const accountId = newId(entropy, 'usr');
  const sessionId = newId(entropy, 'bs');
  const family = newFamily(entropy);
  const refreshToken = newRefreshToken(entropy, { accountId, sessionId, family });
  const now = Math.floor(Date.now() / 1000);
  const session = businessSession({
    id: sessionId,
    startedAt: now,
    lastUsedAt: now,
    authTime: now,
    expiresAt: now + 3600,
    refresh: { family, current: refreshTokenHash(refreshToken), spent: [] },
  });
  const record = accountRecord({ username: accountId, createdAt: now, sessions: [session] });
  return { entry: { accountId, record }, opened: { accountId, sessionId, refreshToken } };
}

async function withLedger(fleet: Fleet, work: (users: UserLedger) => Promise<unknown>) {
  const databaseUrl = fleet.settings['DATABASE_URL'];
  if (databaseUrl === undefined) {
    const ledger = await openTestLedger(join(fleet.dataDirectory, 'ledger.sqlite'));
    await work(new SqliteUserLedger(ledger, new SystemClock()));
    await ledger.close();
    return;
  }
  const onIdleError = () => undefined;
  const ledger = await openPostgres(databaseUrl, { connections: 1, migrate: false, onIdleError });
  await work(new PostgresUserLedger(ledger.pool, ledger.db));
  await ledger.close();
}
