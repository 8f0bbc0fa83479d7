import type { Session } from '../../ports/user-record.js';
import { ADMIN_PLATFORM } from '../platforms.js';
import type { PlatformGroup } from './platform-group.js';
import { noKick } from './policies/no-kick.js';
import { onePerClass } from './policies/one-per-class.js';
import { onePerPlatform } from './policies/one-per-platform.js';
import { pcAndOneOther } from './policies/pc-and-one-other.js';

/** A device on a platform: what a session is a login of. */
export type Device = Pick<Session, 'platformId' | 'deviceId'>;

/** What admitting a newcomer means for the sessions that are there, whichever they are. */
export interface Plan {
  /**
   * Who shares a limit with whom. No platform is in two groups; sessions on one that is in none
   * neither count nor are kicked.
   */
  readonly groups: readonly PlatformGroup[];
  /** The device that logs in again: its earlier session is replaced. Absent if it has no name. */
  readonly replaces?: Device;
}

const POLICIES = {
  0: noKick,
  1: onePerPlatform,
  4: onePerClass,
  5: pcAndOneOther,
} satisfies Record<number, (maxNumOneEnd: number) => readonly PlatformGroup[]>;

/** OpenIM's number of a multi-login policy. */
export type MultiLoginPolicy = keyof typeof POLICIES;

export const MULTI_LOGIN_POLICIES: readonly MultiLoginPolicy[] = [0, 1, 4, 5];

/**
 * Who has to go when a session is admitted, as a rule; {@link applyPlan} names the sessions.
 *
 * A policy need not know the newcomer: the newcomer takes the first place of its own group, and
 * what is left is what the others may have. Sessions of admins are apart: they neither kick nor
 * are kicked.
 *
 * `maxNumOneEnd` is an integer from 1: sessions per platform, where a policy allows several.
 */
export function planAdmission(
  policy: MultiLoginPolicy,
  maxNumOneEnd: number,
  newcomer: Device,
): Plan {
  const groups = newcomer.platformId === ADMIN_PLATFORM ? [] : groupsOf(policy, maxNumOneEnd);
  return newcomer.deviceId === '' ? { groups } : { groups, replaces: newcomer };
}

/** Who shares a limit with whom under a policy. */
export function groupsOf(policy: MultiLoginPolicy, maxNumOneEnd: number): readonly PlatformGroup[] {
  return POLICIES[policy](maxNumOneEnd);
}
