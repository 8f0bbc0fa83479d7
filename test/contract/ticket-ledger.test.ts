import { LEDGER_ENGINES } from '../support/ledger-engines.js';
import { ticketLedgerContract } from './ticket-ledger.contract.js';

for (const engine of LEDGER_ENGINES) ticketLedgerContract(engine);
