import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { userLedgerContract } from './user-ledger.contract.js';

for (const engine of LEDGER_ENGINES) userLedgerContract(engine);
