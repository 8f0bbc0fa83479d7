import type { CompiledQuery, Kysely } from 'kysely';
import type { Revocation } from '../../ports/revocation.js';
import { RevocationLog, type RevocationQuery } from '../../ports/revocation-log.port.js';
import type { UserRef } from '../../ports/user-record.js';
import { fromRevocationTable } from './rows.js';
import type { LedgerSchema } from './schema.js';

/** Revocations of a user that one reading gives at most. */
const MAX_STANDING = 100;

/** What the record of revocations is on either database, but for how failures show and who writes. */
export abstract class SqlRevocationLog extends RevocationLog {
  constructor(private readonly db: Kysely<LedgerSchema>) {
    super();
  }

  /** Names failures in the port's words. */
  protected abstract asking<T>(work: () => Promise<T>): Promise<T>;

  protected abstract write(statement: CompiledQuery): Promise<unknown>;

  override list({ appId, userId, before, limit }: RevocationQuery): Promise<readonly Revocation[]> {
    let query = this.db.selectFrom('revocations').selectAll().where('app_id', '=', appId);
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (before !== undefined) {
      query = query.where((is) =>
        is(is.refTuple('created_at', 'id'), '<', is.tuple(before.createdAt, before.id)),
      );
    }
    const newest = query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
    return this.asking(async () => (await newest.execute()).map(fromRevocationTable));
  }

  override find(appId: string, id: string): Promise<Revocation | undefined> {
    return this.asking(async () => {
      const row = await this.db
        .selectFrom('revocations')
        .selectAll()
        .where('id', '=', id)
        .where('app_id', '=', appId)
        .executeTakeFirst();
      return row === undefined ? undefined : fromRevocationTable(row);
    });
  }

  override standing({ appId, userId }: UserRef, boundary: number): Promise<readonly Revocation[]> {
    const query = this.db
      .selectFrom('revocations')
      .selectAll()
      .where('app_id', '=', appId)
      .where('user_id', '=', userId)
      .where('restored_at', 'is', null)
      .where('boundary', '>=', boundary)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(MAX_STANDING);
    return this.asking(async () => (await query.execute()).map(fromRevocationTable));
  }

  override setAffected(appId: string, id: string, affectedSessions: number): Promise<void> {
    return this.#note(appId, id, { affected_sessions: affectedSessions });
  }

  override setRestored(appId: string, id: string, affectedSessions: number): Promise<void> {
    return this.#note(appId, id, { restored_sessions: affectedSessions });
  }

  #note(
    appId: string,
    id: string,
    columns: { affected_sessions: number } | { restored_sessions: number },
  ): Promise<void> {
    const statement = this.db
      .updateTable('revocations')
      .set(columns)
      .where('id', '=', id)
      .where('app_id', '=', appId)
      .compile();
    return this.asking(async () => void (await this.write(statement)));
  }
}
