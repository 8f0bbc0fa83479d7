import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import { parentPort } from 'node:worker_threads';

/*
 * What runs on the thread of `StrengthThread`. Types are all that it may import of ours: the tests
 * run it from its source.
 */

/** A password to estimate, and what its owner is known by. */
export interface StrengthWork {
  readonly password: string;
  readonly about: readonly string[];
}

/** How hard a password is to guess. */
export interface Strength {
  /** 0 to 4: fewer than 10³, 10⁶, 10⁸, 10¹⁰ guesses, or more. */
  readonly score: number;
  /** Sentences in plain English: what is weak about it, and what would help; may be none. */
  readonly advice: readonly string[];
}

/**
 * How much of a password is looked at, in UTF-16 units, and how many ways to undo its "leet"
 * spelling are tried. The time goes with both: a hundred characters and a hundred ways take 1.6
 * seconds for a password made for it, these less than a tenth of one.
 */
const JUDGED_CHARACTERS = 48;
const LEET_SPELLINGS = 10;

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: english.translations,
  maxLength: JUDGED_CHARACTERS,
  l33tMaxSubstitutions: LEET_SPELLINGS,
});

parentPort?.on('message', ({ password, about }: StrengthWork) => {
  const { score, feedback } = zxcvbn.check(password, [...about]);
  const advice = [feedback.warning, feedback.suggestions[0]];
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ score, advice: advice.filter(isSentence) } satisfies Strength);
});

function isSentence(text: string | null | undefined): text is string {
  return text != null && text !== '';
}
