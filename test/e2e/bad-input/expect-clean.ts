import { expect } from 'vitest';
import type { Answer } from '../../support/broker-http.js';
import { envelopeOf } from '../../support/broker-openim.js';
import { problemOf } from '../../support/broker-native.js';

const INNER_TEXT =
  /node_modules|node:internal|\.(?:js|ts):\d|\n\s+at |zod|kysely|sqlite|postgres|select |FST_ERR|ERR_|\[object/i;

const LONGEST_ANSWER = 2000;

/** An error that is meant for its reader: short, in words, with nothing of how it is made inside. */
export function expectNoInnerText({ text }: Answer): void {
  expect(text).not.toMatch(INNER_TEXT);
  expect(text.length).toBeLessThan(LONGEST_ANSWER);
}

/** A refusal of the request itself, in the words of a dialect; it names the field, if given. */
export function expectRefused(
  dialect: 'openim' | 'native',
  answer: Answer,
  field?: string,
  nativeStatus = 400,
): void {
  expectNoInnerText(answer);
  let detail: string;
  if (dialect === 'openim') {
    const { errDlt, ...envelope } = envelopeOf(answer);
    expect(envelope).toEqual({ errCode: 1001, errMsg: 'ArgsError' });
    detail = errDlt;
  } else {
    const problem = problemOf(answer);
    expect(answer.status).toBe(nativeStatus);
    expect(problem).toMatchObject({ type: 'about:blank', status: nativeStatus });
    detail = problem.detail;
  }
  expect(detail).not.toBe('');
  if (field !== undefined) expect(detail).toContain(field);
}
