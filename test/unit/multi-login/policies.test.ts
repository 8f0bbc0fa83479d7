import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/im/multi-login/apply-plan.js';
import { planAdmission, type MultiLoginPolicy } from '../../../src/im/multi-login/plan.js';
import type { Session } from '../../../src/ports/user-record.js';
import { session } from './sessions.arbitrary.js';

const PLATFORM_OF = {
  ios: 1,
  android: 2,
  windows: 3,
  osx: 4,
  web: 5,
  miniweb: 6,
  linux: 7,
  apad: 8,
  ipad: 9,
  admin: 10,
  harmony: 11,
};

/**
 * A session from `platform version`, with `@device` and `!` for revoked where it applies: in
 * `android 3@phone!`, the third admission, on the device `phone`, since revoked.
 */
function read(words: string): Session {
  const [, platform, version, device, revoked] = /^(\w+) (\d+)(?:@(\w+))?(!)?$/.exec(words)!;
  return session({
    id: words,
    platformId: PLATFORM_OF[platform as keyof typeof PLATFORM_OF],
    version: Number(version),
    deviceId: device ?? '',
    revoked: revoked !== undefined,
  });
}

interface Case {
  readonly says: string;
  readonly there: readonly string[];
  readonly comes: string;
  readonly kicks?: readonly string[];
  readonly replaces?: readonly string[];
}

function check(policy: MultiLoginPolicy, max: number, given: Case): void {
  const newcomer = read(given.comes);
  const plan = planAdmission(policy, max, newcomer);
  const { kept, ended } = applyPlan(plan, newcomer, given.there.map(read));
  const endedFor = (cause: string): string[] =>
    ended.filter((e) => e.cause === cause).map((e) => e.session.id);
  const kicks = given.kicks ?? [];
  const replaces = given.replaces ?? [];

  expect(endedFor('kicked').toSorted()).toEqual(kicks.toSorted());
  expect(endedFor('replaced').toSorted()).toEqual(replaces.toSorted());
  expect(kept.map((s) => s.id).toSorted()).toEqual(
    [
      given.comes,
      ...given.there.filter((s) => !kicks.includes(s) && !replaces.includes(s)),
    ].toSorted(),
  );
}

const EVERY_POLICY: readonly Case[] = [
  { says: 'the first session is simply admitted', there: [], comes: 'ios 1' },
  {
    says: 'a device that logs in again replaces its session',
    there: ['windows 1@desk'],
    comes: 'windows 2@desk',
    replaces: ['windows 1@desk'],
  },
  {
    says: 'a device that logs in again replaces its session though that is revoked',
    there: ['windows 1@desk!'],
    comes: 'windows 2@desk',
    replaces: ['windows 1@desk!'],
  },
  {
    says: 'an admin’s session stays when a person comes',
    there: ['admin 1', 'admin 2'],
    comes: 'ios 3',
  },
  {
    says: 'everybody stays when an admin comes',
    there: ['ios 1', 'ios 2', 'android 3', 'windows 4', 'windows 5', 'admin 6'],
    comes: 'admin 7',
  },
];

describe.each([0, 1, 4, 5] as const)('under policy %i', (policy) => {
  it.each(EVERY_POLICY)('$says', (given) => check(policy, 3, given));
});

describe('policy 0, no kick, at most 3 on a platform', () => {
  it.each<Case>([
    { says: 'a third session fits', there: ['ios 1', 'ios 2'], comes: 'ios 3' },
    {
      says: 'with a fourth the oldest goes',
      there: ['ios 2', 'ios 1', 'ios 3'],
      comes: 'ios 4',
      kicks: ['ios 1'],
    },
    {
      says: 'platforms are counted apart, though of one class',
      there: ['ios 1', 'ios 2', 'ios 3'],
      comes: 'android 4',
    },
    {
      says: 'a session that is replaced makes the room',
      there: ['ios 1', 'ios 2@phone', 'ios 3'],
      comes: 'ios 4@phone',
      replaces: ['ios 2@phone'],
    },
    {
      says: 'a device of the same name on another platform is another device',
      there: ['ios 1@phone'],
      comes: 'android 2@phone',
    },
    {
      says: 'sessions without a device’s name are not the same device',
      there: ['ios 1'],
      comes: 'ios 2',
    },
    {
      says: 'a revoked session goes before an older one that works',
      there: ['ios 1', 'ios 2', 'ios 3!'],
      comes: 'ios 4',
      kicks: ['ios 3!'],
    },
    {
      says: 'a revoked session stays while there is room, as it may be restored',
      there: ['ios 1!', 'ios 2'],
      comes: 'ios 3',
    },
    {
      says: 'what a higher limit once allowed goes on every platform',
      there: ['web 1', 'web 2', 'web 3', 'web 4', 'web 5'],
      comes: 'ios 6',
      kicks: ['web 1', 'web 2'],
    },
  ])('$says', (given) => check(0, 3, given));
});

describe('policy 1, one per platform', () => {
  it.each<Case>([
    {
      says: 'a newcomer ends every session on its platform',
      there: ['ios 1', 'ios 2'],
      comes: 'ios 3',
      kicks: ['ios 1', 'ios 2'],
    },
    {
      says: 'and none on another, though of the same class',
      there: ['android 1', 'windows 2', 'web 3'],
      comes: 'ios 4',
    },
    {
      says: 'elsewhere each platform keeps its newest',
      there: ['web 1', 'web 4', 'web 2', 'ipad 3', 'ipad 5'],
      comes: 'ios 6',
      kicks: ['web 1', 'web 2', 'ipad 3'],
    },
    {
      says: 'elsewhere a session that works is kept before a newer one that is revoked',
      there: ['web 1', 'web 2!'],
      comes: 'ios 3',
      kicks: ['web 2!'],
    },
    {
      says: 'a revoked session on its platform is kicked, so that no restore makes two',
      there: ['ios 1!'],
      comes: 'ios 2',
      kicks: ['ios 1!'],
    },
    { says: 'a revoked session elsewhere stays', there: ['web 1!'], comes: 'ios 2' },
  ])('$says', (given) => check(1, 3, given));
});

describe('policy 4, one per class', () => {
  it.each<Case>([
    {
      says: 'a phone ends the other phone',
      there: ['android 1'],
      comes: 'ios 2',
      kicks: ['android 1'],
    },
    {
      says: 'a computer ends every other computer',
      there: ['windows 1', 'osx 2', 'linux 3'],
      comes: 'linux 4',
      kicks: ['windows 1', 'osx 2', 'linux 3'],
    },
    {
      says: 'a tablet ends the other tablet',
      there: ['apad 1'],
      comes: 'ipad 2',
      kicks: ['apad 1'],
    },
    {
      says: 'Web, MiniWeb and HarmonyOS are each a class of their own',
      there: ['web 1', 'miniweb 2', 'ios 3', 'windows 4', 'ipad 5'],
      comes: 'harmony 6',
    },
    {
      says: 'every other class keeps its newest',
      there: ['windows 1', 'osx 3', 'linux 2', 'apad 4', 'ipad 5'],
      comes: 'ios 6',
      kicks: ['windows 1', 'linux 2', 'apad 4'],
    },
  ])('$says', (given) => check(4, 3, given));
});

describe('policy 5, PC and one other, at most 3 on a PC platform', () => {
  it.each<Case>([
    {
      says: 'a phone ends every other session that is not on PC',
      there: ['android 1', 'web 2', 'ipad 3', 'miniweb 4', 'harmony 5'],
      comes: 'ios 6',
      kicks: ['android 1', 'web 2', 'ipad 3', 'miniweb 4', 'harmony 5'],
    },
    {
      says: 'sessions on PC stay when a phone comes',
      there: ['windows 1', 'windows 2', 'osx 3', 'linux 4'],
      comes: 'ios 5',
    },
    {
      says: 'sessions on PC stay when a PC comes',
      there: ['windows 1', 'osx 2', 'linux 3'],
      comes: 'windows 4',
    },
    { says: 'the one other stays when a PC comes', there: ['ios 1'], comes: 'windows 2' },
    {
      says: 'of several others the newest stays when a PC comes',
      there: ['web 1', 'ios 3', 'ipad 2'],
      comes: 'windows 4',
      kicks: ['web 1', 'ipad 2'],
    },
    {
      says: 'of several others an Android one stays before newer ones',
      there: ['android 1', 'ios 2', 'web 3'],
      comes: 'windows 4',
      kicks: ['ios 2', 'web 3'],
    },
    {
      says: 'of several Android ones the newest stays',
      there: ['android 1', 'android 2', 'ios 3'],
      comes: 'windows 4',
      kicks: ['android 1', 'ios 3'],
    },
    {
      says: 'one that works stays before an Android one that is revoked',
      there: ['ios 1', 'android 2!'],
      comes: 'windows 3',
      kicks: ['android 2!'],
    },
    {
      says: 'of revoked ones an Android one stays, alone',
      there: ['ios 2!', 'android 1!'],
      comes: 'windows 3',
      kicks: ['ios 2!'],
    },
    {
      says: 'an Android tablet is not preferred',
      there: ['apad 1', 'ios 2'],
      comes: 'windows 3',
      kicks: ['apad 1'],
    },
    {
      says: 'each PC platform is bounded, so that the user’s record is',
      there: ['windows 1', 'windows 2', 'windows 3', 'osx 4'],
      comes: 'windows 5',
      kicks: ['windows 1'],
    },
  ])('$says', (given) => check(5, 3, given));
});
