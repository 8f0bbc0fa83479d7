import { BrokerError } from '../common/errors.js';
import type { ControlState } from '../ports/control-ledger.port.js';

/** For a change of what belongs to an app. Throws `app_unknown`. */
export function requireApp({ apps }: Pick<ControlState, 'apps'>, appId: string): void {
  if (!apps.some(({ id }) => id === appId)) {
    throw new BrokerError('app_unknown', 'there is no such app');
  }
}
