import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PasswordPolicy } from '../../../../src/business-auth/passwords/password-policy.js';
import { StrengthThread } from '../../../../src/business-auth/passwords/strength-thread.js';
import { BrokerError } from '../../../../src/common/errors.js';

const thread = new StrengthThread();
const policy = new PasswordPolicy({ minCharacters: 8, minStrength: 3 }, thread);
const nobody = { username: '', email: '' };

async function refusal(password: string, owner = nobody, by = policy): Promise<BrokerError> {
  const error: unknown = await by.judge(password, owner).catch((reason: unknown) => reason);
  if (error instanceof BrokerError) return error;
  throw new Error('it was not refused');
}

describe('a password', () => {
  it.each([
    'correct horse battery staple',
    'vQ8#mfw1Lz',
    'kartoffel wolke lampe',
    'пингвин на крыше дома',
    // No upper case, no digit, nothing special.
    'wqzhgtrplmnv',
  ])('that is hard to guess may be set: %s', async (password) => {
    await expect(policy.judge(password, nobody)).resolves.toBeUndefined();
  });

  it.each(['', 'a', 'vQ8#mfw', '🦊🦊🦊🦊'])(
    'that is too short is refused: %s',
    async (password) => {
      expect(await refusal(password)).toMatchObject({
        code: 'weak_password',
        detail: 'password must have at least 8 characters',
      });
    },
  );

  it('is counted in characters, after its compatible forms have become one', async () => {
    // Sixteen code points that are eight characters.
    expect((await refusal('u\u0308'.repeat(7))).detail).toContain('at least 8 characters');
    expect((await refusal('u\u0308'.repeat(8))).detail).toContain('too easy to guess');
  });

  it.each([
    ['password', 'This is a heavily used password.'],
    ['P@ssw0rd1', 'This is similar to a commonly used password.'],
    ['qwertyuiop', 'This is a frequently used password.'],
    ['aaaaaaaaaaaa', 'Repeated characters like "aaa" are easy to guess.'],
    ['abcabcabcabc', 'Repeated character patterns like "abcabcabc" are easy to guess.'],
    ['31.12.1999', 'Dates are easy to guess.'],
  ])('that is easy to guess is refused, with the reason: %s', async (password, reason) => {
    const { code, detail } = await refusal(password);
    expect(code).toBe('weak_password');
    expect(detail).toMatch(/^password is too easy to guess\. /);
    expect(detail).toContain(reason);
  });

  it('is easy to guess when it is made of what its owner is known by', async () => {
    const owner = { username: 'zwergpinguin', email: 'thorvald.klabuster@beispiel.example' };
    for (const password of ['zwergpinguin1', 'ZwergPinguin', 'klabuster99', 'thorvald1']) {
      expect((await refusal(password, owner)).detail).toContain(
        'There should not be any personal or page related data.',
      );
    }
    await expect(policy.judge('zwergpinguin1', nobody)).resolves.toBeUndefined();
  });

  it('that is too long, or no Unicode, is no password', async () => {
    const long = await refusal('x'.repeat(1025));
    expect(long).toMatchObject({ code: 'invalid_request' });
    expect(long.detail).toBe('password must not have more than 1024 characters');
    expect(await refusal('vQ8#mfw1Lz\ud800')).toMatchObject({ code: 'invalid_request' });
    await expect(policy.judge('kartoffel wolke lampe '.repeat(46), nobody)).resolves.not.toThrow();
  });

  it('need only be long enough where no strength is asked for', async () => {
    const lenient = new PasswordPolicy({ minCharacters: 10, minStrength: 0 }, thread);
    await expect(lenient.judge('aaaaaaaaaa', nobody)).resolves.toBeUndefined();
    expect((await refusal('aaaaaaaaa', nobody, lenient)).detail).toContain('10 characters');
  });

  it('is in no error', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Four characters that no sentence of ours holds.
        fc.stringMatching(/^(?:[$%&§]{4,10}[0-9]{1,3}){1,3}$/),
        async (password) => {
          const strict = new PasswordPolicy({ minCharacters: 64, minStrength: 4 }, thread);
          for (const by of [policy, strict]) {
            const error: unknown = await by.judge(password, nobody).catch((e: unknown) => e);
            expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(password);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('judging passwords', () => {
  it('takes no long time for any of them, and none of the event loop', async () => {
    const trap = '+<2|5i57$i!&2a#$!6{&&{2|5tbt3@#6b&&!20e(1[1!@($<#%|i&7[s4ao#e(ii!$[6/&$8';
    await thread.estimate(trap, []);
    const begin = performance.now();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    for (let round = 0; round < 5; round += 1) await thread.estimate(`${trap}${round}`, []);
    clearInterval(counting);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(turns).toBeGreaterThan(5);
  });

  it('answers everyone for the password that they asked about', async () => {
    const passwords = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? 'password' : `correct horse battery ${index}`,
    );
    const scores = await Promise.all(passwords.map((one) => thread.estimate(one, [])));
    expect(scores.map(({ score }) => score)).toEqual(
      passwords.map((_, i) => (i % 2 === 0 ? 0 : 4)),
    );
  });

  it('turns away whom it would keep waiting for too long', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 105 }, () => thread.estimate('password', [])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 101 }, () => 'fulfilled'),
      ...Array.from({ length: 4 }, () => 'rejected'),
    ]);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'overloaded' } });
  });

  it('gives up one that takes too long, and goes on with the next on another thread', async () => {
    // No thread can have begun by then.
    const impatient = new StrengthThread(0);
    const outcomes = await Promise.allSettled([
      impatient.estimate('password', []),
      impatient.estimate('password', []),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'overloaded' } });
    }
    expect(JSON.stringify(outcomes)).not.toContain('"password"');
  });

  it('survives the death of its thread', async () => {
    const mortal = new StrengthThread();
    // Not a text: the thread can't look at it, and that is its end.
    const deadly = { toString: 'hunter2' } as unknown as string;
    const error: unknown = await mortal.estimate(deadly, []).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'internal' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
    expect((await mortal.estimate('password', [])).score).toBe(0);
  });
});
