import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { auditLogContract } from './audit-log.contract.js';

for (const engine of LEDGER_ENGINES) auditLogContract(engine);
