import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { revocationLogContract } from './revocation-log.contract.js';

for (const engine of LEDGER_ENGINES) revocationLogContract(engine);
