import type { UserChange } from '../../ports/feed-ledger.port.js';

/** The columns of `feed` that a reading needs. */
export interface FeedRow {
  readonly app_id: string;
  readonly users: string;
  readonly control: number;
}

export function toChanges(rows: readonly FeedRow[]): {
  users: readonly UserChange[];
  control: boolean;
} {
  const users: UserChange[] = [];
  let control = false;
  for (const row of rows) {
    if (row.control === 1) control = true;
    if (row.users === '[]') continue;
    for (const [userId, version] of JSON.parse(row.users) as [string, number][]) {
      users.push({ appId: row.app_id, userId, version });
    }
  }
  return { users, control };
}
