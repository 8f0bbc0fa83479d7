import { HealthProbe, type PartHealth } from '../../../ports/health.port.js';
import type { SqliteLedger } from './sqlite-ledger.js';

/** Whether the embedded ledger can be read. */
export class SqliteHealth extends HealthProbe {
  constructor(private readonly ledger: SqliteLedger) {
    super();
  }

  override async probe(): Promise<PartHealth> {
    try {
      this.ledger.connection.prepare('select incarnation from ledger_meta').get();
      return { name: 'ledger', up: true };
    } catch {
      return { name: 'ledger', up: false, detail: 'SQLite does not answer' };
    }
  }
}
