import type { MultiLoginPolicy } from '../../../src/im/multi-login/plan.js';
import type { Session } from '../../../src/ports/user-record.js';

const PC = [3, 4, 7];
const CLASSES = [[1, 2], PC, [8, 9], [5], [6], [11]];
const ADMIN = 10;
const ANDROID = 2;

/**
 * The ids of the existing sessions that stay, said policy by policy in the words of OpenIM's table
 * and without plans, groups or sorting: a session stays if few enough of its rivals beat it.
 */
export function staying(
  policy: MultiLoginPolicy,
  maxNumOneEnd: number,
  newcomer: Session,
  existing: readonly Session[],
): Set<string> {
  const candidates = existing.filter((s) => !isSameDevice(s, newcomer));
  const stays = (s: Session): boolean => {
    if (s.platformId === ADMIN || newcomer.platformId === ADMIN) return true;
    switch (policy) {
      case 0:
        return isAmongNewest(s, maxNumOneEnd, [s.platformId]);
      case 1:
        return isAmongNewest(s, 1, [s.platformId]);
      case 4:
        return isAmongNewest(
          s,
          1,
          CLASSES.find((platforms) => platforms.includes(s.platformId))!,
        );
      case 5:
        if (PC.includes(s.platformId)) return isAmongNewest(s, maxNumOneEnd, [s.platformId]);
        if (!PC.includes(newcomer.platformId)) return false;
        return candidates.every(
          (o) => o === s || PC.includes(o.platformId) || o.platformId === ADMIN || !survives(o, s),
        );
    }
  };
  /** The newcomer beats everybody on these platforms; of the rest, who works, then who is newer. */
  const isAmongNewest = (s: Session, allowed: number, rivals: readonly number[]): boolean => {
    const taken = rivals.includes(newcomer.platformId) ? 1 : 0;
    const better = candidates.filter((o) => rivals.includes(o.platformId) && isBetter(o, s));
    return taken + better.length < allowed;
  };
  return new Set(candidates.filter(stays).map((s) => s.id));
}

function isSameDevice(a: Session, b: Session): boolean {
  return a.deviceId !== '' && a.deviceId === b.deviceId && a.platformId === b.platformId;
}

function isBetter(a: Session, b: Session): boolean {
  const aWorks = !a.revoked;
  const bWorks = !b.revoked;
  if (aWorks !== bWorks) return aWorks;
  if (a.version !== b.version) return a.version > b.version;
  return a.id < b.id;
}

/** Of two that aren't on PC, whether it is the first that survives. */
function survives(a: Session, b: Session): boolean {
  const works = (s: Session): boolean => !s.revoked;
  if (works(a) !== works(b)) return works(a);
  if ((a.platformId === ANDROID) !== (b.platformId === ANDROID)) return a.platformId === ANDROID;
  return isBetter(a, b);
}
