import { NOTIFIER_ENGINES } from '../support/notifier-engines.js';
import { notifierContract } from './notifier.contract.js';

for (const engine of NOTIFIER_ENGINES) notifierContract(engine);
