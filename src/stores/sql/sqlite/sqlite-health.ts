import type { DatabaseSync } from 'node:sqlite';
import { HealthProbe, type PartHealth } from '../../../ports/health.port.js';

/** Whether the embedded ledger can be read. */
export class SqliteHealth extends HealthProbe {
  constructor(private readonly connection: DatabaseSync) {
    super();
  }

  override async probe(): Promise<PartHealth> {
    try {
      this.connection.prepare('select incarnation from ledger_meta').get();
      return { name: 'ledger', up: true };
    } catch {
      return { name: 'ledger', up: false, detail: 'SQLite does not answer' };
    }
  }
}
