import { z } from 'zod';

/** How a setting is written in an environment variable. */
export type SettingKind = 'text' | 'number' | 'boolean' | 'list' | 'map';

/** What is known of a setting besides its type, default and sentence. */
export interface SettingNote {
  readonly kind: SettingKind;
  /** What it may be, to follow "allowed is". */
  readonly allowed: string;
  /** Its environment variable, where that isn't derived from its path. */
  readonly env?: string;
  /** Never printed, and accepted from the environment only: files are copied, committed, baked. */
  readonly secret?: true;
  /** What an absent value comes to, for the documentation. */
  readonly whenAbsent?: string;
}

export const settingNotes = z.registry<SettingNote>();

/** Limit of durations: ten years; what is longer is a slip of units. */
export const MAX_SECONDS = 315_360_000;

export interface NumberSetting {
  readonly from: number;
  readonly to: number;
  readonly fallback: number;
  readonly env?: string;
}

/** A whole number within bounds. */
export function wholeNumber(range: NumberSetting, sentence: string) {
  const { from, to, fallback, env } = range;
  return z
    .int()
    .min(from)
    .max(to)
    .default(fallback)
    .describe(sentence)
    .register(settingNotes, {
      kind: 'number',
      allowed: `a whole number from ${from} to ${to}`,
      ...(env === undefined ? {} : { env }),
    });
}

/** A duration in whole seconds, at least one. */
export function seconds(fallback: number, sentence: string) {
  return wholeNumber({ from: 1, to: MAX_SECONDS, fallback }, sentence);
}

/** Origins as browsers write them in `Origin`: scheme, host in lower case, a port that isn't usual. */
export function origins(sentence: string) {
  return z
    .array(z.string().refine(isOrigin))
    .default([])
    .describe(sentence)
    .register(settingNotes, {
      kind: 'list',
      allowed: 'origins as browsers write them, like https://login.example.com',
    });
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}
