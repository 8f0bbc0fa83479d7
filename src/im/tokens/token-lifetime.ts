import { BrokerError } from '../../common/errors.js';
import type { AppRules } from '../apps/app-directory.js';

/** The bounds that hold whoever asks. Seconds. */
export interface LifetimeBounds {
  readonly maxUserTtlSeconds: number;
  readonly maxLifetimeSeconds: number;
}

/**
 * How long a user token lives: what its request names, else what the user's role, the app, or the
 * dialect says; the last three are cut to the bounds. Throws `invalid_request` when the request
 * asks for more than the bounds allow.
 */
export function tokenLifetime(
  requested: number | undefined,
  role: string,
  rules: AppRules,
  dialectSeconds: number,
  bounds: LifetimeBounds,
): number {
  const most = Math.min(bounds.maxUserTtlSeconds, bounds.maxLifetimeSeconds);
  if (requested !== undefined) {
    if (requested > most) {
      throw new BrokerError('invalid_request', `ttlSeconds must not be more than ${most}`);
    }
    return requested;
  }
  const ofRole = Object.hasOwn(rules.roleTtlSeconds, role) ? rules.roleTtlSeconds[role] : undefined;
  return Math.min(ofRole ?? rules.userTtlSeconds ?? dialectSeconds, most);
}
