import { LIVE_STATE_ENGINES } from '../support/live-state-engines.js';
import { guessLimiterContract } from './guess-limiter.contract.js';

for (const engine of LIVE_STATE_ENGINES) guessLimiterContract(engine);
