import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { accountLedgerContract } from './account-ledger.contract.js';

for (const engine of LEDGER_ENGINES) accountLedgerContract(engine);
