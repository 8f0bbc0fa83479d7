import { LIVE_STATE_ENGINES } from '../support/live-state-engines.js';
import { replayGuardContract } from './replay-guard.contract.js';

for (const engine of LIVE_STATE_ENGINES) replayGuardContract(engine);
