import { type Clock, toUnixSeconds } from '../common/clock.js';
import type { Log } from '../common/log.js';
import { type AppRow, revokedEpochOf } from '../ports/control-ledger.port.js';
import type { Revocation } from '../ports/revocation.js';
import type { RevocationLog } from '../ports/revocation-log.port.js';
import type { UserLedger } from '../ports/user-ledger.port.js';
import type { Session } from '../ports/user-record.js';

const PAGE = 1000;
/** How long an answer waits for its number. */
const PATIENCE_MS = 1000;

/**
 * Counts how many sessions an app-wide revocation ended, or its restoring brought back. That goes
 * through all users of the app, so it is done when the sessions are ended already, page by page,
 * and goes on behind the answer where it takes long; the record gets the number in the end.
 */
export class CountSessions {
  constructor(
    private readonly users: UserLedger,
    private readonly revocations: RevocationLog,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Sessions that worked in `app`, as it was before, and don't any more; null: not known yet. */
  ended({ id, boundary }: Revocation, app: AppRow): Promise<number | null> {
    const from = revokedEpochOf(app);
    return this.#count(
      app.id,
      ({ epoch }) => epoch > from && epoch <= boundary,
      (count) => this.revocations.setAffected(app.id, id, count),
    );
  }

  /** Sessions that were refused in `before` and are not in `after`; null: not known yet. */
  restored(id: string, before: AppRow, after: AppRow): Promise<number | null> {
    const [upTo, from] = [revokedEpochOf(before), revokedEpochOf(after)];
    return this.#count(
      before.id,
      ({ epoch }) => epoch > from && epoch <= upTo,
      (count) => this.revocations.setRestored(before.id, id, count),
    );
  }

  #count(
    appId: string,
    isMeant: (session: Session) => boolean,
    keep: (count: number) => Promise<void>,
  ): Promise<number | null> {
    const now = toUnixSeconds(this.clock.nowMs());
    const counting = this.#through(appId, (session) => {
      return !session.revoked && session.expiresAt > now && isMeant(session);
    })
      .then(async (count) => {
        await keep(count);
        return count;
      })
      .catch((error: unknown) => {
        this.log.warn({ err: error }, 'the sessions of a revoked app could not be counted');
        return null;
      });
    return Promise.race([counting, this.clock.sleep(PATIENCE_MS).then(() => null)]);
  }

  async #through(appId: string, counts: (session: Session) => boolean): Promise<number> {
    let count = 0;
    let after = '';
    for (;;) {
      const page = await this.users.page(appId, after, PAGE);
      for (const { record } of page) count += record.sessions.filter(counts).length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return count;
      after = last.userId;
    }
  }
}
