import type { Session } from './session.js';

/** What a revocation is aimed at, in the words of `POST /v1/revocations`. */
export type Target =
  | { readonly type: 'token' | 'session'; readonly session: Session }
  | { readonly type: 'device'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'platform'; readonly userId: string; readonly platformId: number }
  | { readonly type: 'user'; readonly userId: string };

export type TargetType = Target['type'];

/** Whether a session of the same app is among those aimed at. */
export function isAimedAt(target: Target, session: Session): boolean {
  const { slot, deviceId } = session;
  switch (target.type) {
    case 'token':
    case 'session':
      return session === target.session;
    case 'device':
      return slot.userId === target.userId && deviceId === target.deviceId;
    case 'platform':
      return slot.userId === target.userId && slot.platformId === target.platformId;
    case 'user':
      return slot.userId === target.userId;
  }
}

export function userOf(target: Target): string {
  return 'session' in target ? target.session.slot.userId : target.userId;
}
