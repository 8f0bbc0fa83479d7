import { describe, expect, it } from 'vitest';
import { Turns } from '../../../../src/business-auth/passwords/turns.js';

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; begun: () => boolean; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let begun = false;
  return {
    work: () => {
      begun = true;
      return promise;
    },
    begun: () => begun,
    end: () => resolve('done'),
  };
}

describe('turns', () => {
  it('lets so many work at once, and the others when one has ended, in the order in which they came', async () => {
    const turns = new Turns(2, 10, 'things');
    const jobs = Array.from({ length: 5 }, held);
    const ended = jobs.map(({ work }) => turns.take(work));
    expect(jobs.map(({ begun }) => begun())).toEqual([true, true, false, false, false]);

    jobs[1]!.end();
    expect(await ended[1]).toBe('done');
    expect(jobs.map(({ begun }) => begun())).toEqual([true, true, true, false, false]);

    jobs[0]!.end();
    await ended[0];
    expect(jobs.map(({ begun }) => begun())).toEqual([true, true, true, true, false]);

    for (const job of jobs) job.end();
    expect(await Promise.all(ended)).toEqual(Array.from({ length: 5 }, () => 'done'));
  });

  it('lets no newcomer step in front of one that waits', async () => {
    const turns = new Turns(1, 10, 'things');
    const order: string[] = [];
    const first = held();
    const running = turns.take(first.work);
    const waiting = turns.take(async () => void order.push('waited'));
    first.end();
    await running;
    const newcomer = turns.take(async () => void order.push('came later'));
    await Promise.all([waiting, newcomer]);
    expect(order).toEqual(['waited', 'came later']);
  });

  it('turns away what is more than may wait', async () => {
    const turns = new Turns(1, 2, 'things');
    const first = held();
    const taken = [turns.take(first.work), turns.take(held().work), turns.take(first.work)];
    await expect(turns.take(first.work)).rejects.toMatchObject({
      code: 'overloaded',
      detail: 'too many things wait',
      retryAfterSeconds: 1,
    });
    first.end();
    await taken[0];
    // One that waited runs, and so there is room for another.
    const another = turns.take(first.work);
    await expect(turns.take(first.work)).rejects.toMatchObject({ code: 'overloaded' });
    void another;
  });

  it('gives the turn back when work fails, be it at once or later', async () => {
    const turns = new Turns(1, 2, 'things');
    const later = turns.take(() => Promise.reject(new Error('later')));
    const atOnce = turns.take(() => {
      throw new Error('at once');
    });
    await expect(later).rejects.toThrow('later');
    await expect(atOnce).rejects.toThrow('at once');
    expect(await turns.take(() => Promise.resolve('fine'))).toBe('fine');
  });
});
