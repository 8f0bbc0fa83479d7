import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { controlLedgerContract } from './control-ledger.contract.js';

for (const engine of LEDGER_ENGINES) controlLedgerContract(engine);
