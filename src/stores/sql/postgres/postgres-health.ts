import type pg from 'pg';
import { HealthProbe, type PartHealth } from '../../../ports/health.port.js';

const PATIENCE_MS = 900;

/** Whether PostgreSQL answers and takes writes. */
export class PostgresHealth extends HealthProbe {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  override async probe(): Promise<PartHealth> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    try {
      const asked = this.pool.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
      const { rows } = await Promise.race([asked, late]);
      if (rows[0]?.standby !== true) return { name: 'ledger', up: true };
      return { name: 'ledger', up: false, detail: 'PostgreSQL is a standby and takes no writes' };
    } catch {
      return { name: 'ledger', up: false, detail: 'PostgreSQL does not answer' };
    } finally {
      clearTimeout(timer);
    }
  }
}
