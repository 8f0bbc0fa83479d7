import { LIVE_STATE_ENGINES } from '../support/live-state-engines.js';
import { changeEventsContract } from './change-events.contract.js';

for (const engine of LIVE_STATE_ENGINES) changeEventsContract(engine);
