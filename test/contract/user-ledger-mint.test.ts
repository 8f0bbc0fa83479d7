import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { concurrentMintsContract } from './user-ledger-mint.contract.js';

for (const engine of LEDGER_ENGINES) concurrentMintsContract(engine);
