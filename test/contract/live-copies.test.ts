import { LIVE_STATE_ENGINES } from '../support/live-state-engines.js';
import { liveCopiesContract } from './live-copies.contract.js';

for (const engine of LIVE_STATE_ENGINES) liveCopiesContract(engine);
