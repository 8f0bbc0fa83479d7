import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  PasswordHashing,
  type PasswordHashingSettings,
} from '../../../../src/business-auth/passwords/password-hashing.js';

/** How many of the library's calls run, and the most that ever did. */
const calls = { running: 0, most: 0 };

vi.mock('@node-rs/argon2', async (importOriginal) => {
  const argon2 = await importOriginal<typeof import('@node-rs/argon2')>();
  const counted =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      calls.running += 1;
      calls.most = Math.max(calls.most, calls.running);
      try {
        return await call(...args);
      } finally {
        calls.running -= 1;
      }
    };
  return { ...argon2, hash: counted(argon2.hash), verify: counted(argon2.verify) };
});

const cheap: PasswordHashingSettings = {
  memoryKib: 8192,
  iterations: 1,
  parallelism: 1,
  hashesAtOnce: 2,
};

function hashing(settings: Partial<PasswordHashingSettings> = {}): PasswordHashing {
  return new PasswordHashing({ ...cheap, ...settings });
}

beforeEach(() => {
  calls.most = 0;
});

describe('a password hash', () => {
  it('is Argon2id with the parameters of the settings, and another one each time', async () => {
    const [one, other] = await Promise.all([hashing().hash('secret'), hashing().hash('secret')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=8192,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(other).not.toBe(one);
  });

  it('is one of its password, and of no other', async () => {
    const phc = await hashing().hash('correct horse');
    expect(await hashing().verify(phc, 'correct horse')).toBe(true);
    expect(await hashing().verify(phc, 'correct horsf')).toBe(false);
    expect(await hashing().verify(phc, 'Correct horse')).toBe(false);
    expect(await hashing().verify(phc, '')).toBe(false);
  });

  it.each([
    ['composed and decomposed', 'pässwörd', 'pa\u0308sswo\u0308rd'],
    ['full-width and plain', 'ｐａｓｓ１２３', 'pass123'],
    ['ligature and letters', 'ﬁne', 'fine'],
  ])('is the same for compatible forms of the password: %s', async (_, one, other) => {
    expect(await hashing().verify(await hashing().hash(one), other)).toBe(true);
    expect(await hashing().verify(await hashing().hash(other), one)).toBe(true);
  });

  it('is verified with the parameters that it was made with', async () => {
    const phc = await hashing({ iterations: 3 }).hash('secret');
    expect(await hashing().verify(phc, 'secret')).toBe(true);
  });

  const good = `$argon2id$v=19$m=8192,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  it.each([
    ['empty', ''],
    ['of another kind', '$2b$10$CwTycUXWue0Thq9StjUM0uJ8rYbM4zSVlHkqgXh1jTz7VYJ0yQe9K'],
    ['cut short', good.slice(0, -20)],
    ['without its parameters', good.replace('m=8192,t=1,p=1', '')],
    ['without passes', good.replace('t=1', 't=0')],
    ['with too little memory', good.replace('m=8192', 'm=1')],
    ['asking for four terabytes', good.replace('m=8192', 'm=4294967295')],
    ['asking for a year', good.replace('t=1', 't=4294967295')],
  ])('that is no hash is one of nothing: %s', async (_, phc) => {
    expect(await hashing().verify(phc, 'secret')).toBe(false);
    expect(hashing().isOutdated(phc)).toBe(true);
  });

  it('is outdated when it was made with other parameters', async () => {
    const phc = await hashing().hash('secret');
    expect(hashing().isOutdated(phc)).toBe(false);
    expect(hashing({ memoryKib: 16_384 }).isOutdated(phc)).toBe(true);
    expect(hashing({ iterations: 2 }).isOutdated(phc)).toBe(true);
    expect(hashing({ parallelism: 2 }).isOutdated(phc)).toBe(true);
    expect(hashing().isOutdated(phc.replace('argon2id', 'argon2i'))).toBe(true);
    expect(hashing().isOutdated(phc.replace('v=19', 'v=16'))).toBe(true);
  });

  it('is never that of no account, whatever the password', async () => {
    expect(await hashing().verifyNothing('secret')).toBe(false);
    expect(await hashing().verifyNothing('')).toBe(false);
  });
});

describe('hashing', () => {
  it.each([1, 2, 3])('never runs more than its share at once: %i', async (hashesAtOnce) => {
    const shared = hashing({ hashesAtOnce });
    const phc = await shared.hash('secret');
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0 ? shared.verify(phc, 'secret') : shared.verifyNothing('secret'),
      ),
    );
    expect(verdicts.filter(Boolean)).toHaveLength(25);
    expect(calls.most).toBe(hashesAtOnce);
  });

  it('takes at most three threads of its own accord', async () => {
    const shared = hashing({ hashesAtOnce: undefined });
    await Promise.all(Array.from({ length: 20 }, () => shared.hash('secret')));
    expect(calls.most).toBeGreaterThanOrEqual(1);
    expect(calls.most).toBeLessThanOrEqual(3);
  });

  it('turns away whom it would keep waiting for too long, and serves the others', async () => {
    const shared = hashing({ hashesAtOnce: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 211 }, () => shared.verifyNothing('secret')),
    );
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason as unknown)).toEqual(
      Array.from({ length: 10 }, () => expect.objectContaining({ code: 'overloaded' })),
    );
    expect(await shared.verifyNothing('secret')).toBe(false);
  });

  it('costs as much for a user that is unknown as for a wrong password', async () => {
    const shared = hashing({ iterations: 2, hashesAtOnce: 1 });
    const phc = await shared.hash('secret');
    let known = 0;
    let unknown = 0;
    for (let round = 0; round < 25; round += 1) {
      known += await processorTime(() => shared.verify(phc, 'wrong'));
      unknown += await processorTime(() => shared.verifyNothing('wrong'));
    }
    expect(unknown / known).toBeGreaterThan(0.67);
    expect(unknown / known).toBeLessThan(1.5);
  });
});

/** What it costs this process, all threads, in microseconds: others that want a core don't count. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
