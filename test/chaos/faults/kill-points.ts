import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from '../../support/repository.js';

/** The places of `kill-at.ts`: whether what was asked for has happened when a broker dies there. */
export const KILL_POINTS = {
  'before-commit': 'no',
  'commit-sent': 'unknown',
  committed: 'yes',
  put: 'yes',
  published: 'yes',
  announced: 'yes',
  'before-answer': 'yes',
} as const;

export type KillPoint = keyof typeof KILL_POINTS;

/** The settings of a broker that dies at a place of `kill-at.ts`. */
export function dyingAt(place: KillPoint, user = '', hit = 1): Readonly<Record<string, string>> {
  const module = pathToFileURL(join(REPOSITORY, 'test/chaos/kill-at.ts')).href;
  return {
    NODE_OPTIONS: `--import=${module}`,
    CHAOS_KILL_AT: place,
    CHAOS_KILL_USER: user,
    CHAOS_KILL_HIT: String(hit),
  };
}

/** The settings that undo {@link dyingAt}. */
export const LIVING: Readonly<Record<string, string>> = { NODE_OPTIONS: '', CHAOS_KILL_AT: '' };
