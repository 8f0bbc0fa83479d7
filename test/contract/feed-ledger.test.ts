import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { feedLedgerContract } from './feed-ledger.contract.js';

for (const engine of LEDGER_ENGINES) feedLedgerContract(engine);
