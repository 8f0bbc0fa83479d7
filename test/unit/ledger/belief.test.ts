import { beforeEach, describe, expect, test } from 'vitest';
import { FeedWindow } from '../../../src/ledger/belief.js';
import type { FeedReading } from '../../../src/ports/feed-ledger.port.js';
import { userCopy } from '../../support/user-copies.js';

const WINDOW_MS = 900_000;
const LEDGER_MS = 1_800_000_000_000;

let window: FeedWindow;
beforeEach(() => {
  window = new FeedWindow(WINDOW_MS);
  window.restart(100, LEDGER_MS);
});

const change = (version: number, userId = 'user-1') => ({ appId: 'default', userId, version });

/** Takes in a reading that began at a monotonic time; the ledger's clock goes with it. */
function read(beganAtMs: number, parts: Partial<FeedReading> = {}): boolean {
  return window.take(
    {
      incarnation: 1,
      position: 100,
      upTo: parts.position ?? 100,
      mark: '',
      nowMs: LEDGER_MS + beganAtMs,
      users: [],
      control: false,
      ...parts,
    },
    beganAtMs,
  );
}

const copy = (version: number, position: number) => userCopy({ version, position });

describe('a copy', () => {
  test('is not believed before the first reading', () => {
    expect(window.disbelief(copy(1, 100), 0)).toBe('stale_reading');
    expect(window.contradiction(copy(1, 100))).toBe('other_incarnation');
    expect(window.ageMs(0)).toBe(Infinity);
  });

  test('is believed until a second after the last reading began', () => {
    read(5000);
    expect(window.disbelief(copy(1, 100), 5999)).toBeUndefined();
    expect(window.disbelief(copy(1, 100), 6000)).toBe('stale_reading');
    expect(window.contradiction(copy(1, 100))).toBeUndefined();
  });

  test('is believed from where the window begins on, whether or not its user is named', () => {
    read(0, { position: 150, users: [change(3)] });
    expect(window.disbelief(copy(3, 100), 0)).toBeUndefined();
    expect(window.disbelief(copy(4, 100), 0)).toBeUndefined();
    expect(window.disbelief(copy(2, 100), 0)).toBe('newer_version');
    expect(window.disbelief(copy(9, 99), 0)).toBe('outside_window');
    expect(window.disbelief({ ...copy(0, 100), userId: 'user-2' }, 0)).toBeUndefined();
    expect(window.disbelief({ ...copy(0, 100), appId: 'other' }, 0)).toBeUndefined();
  });

  test('of another incarnation is not believed, be it older or newer', () => {
    read(0, { incarnation: 5 });
    for (const incarnation of [4, 6]) {
      expect(window.disbelief(userCopy({ incarnation, position: 200 }), 0)).toBe(
        'other_incarnation',
      );
    }
  });

  test('is disbelieved as soon as a newer version is heard of, at the same reading', () => {
    read(0);
    window.hear([change(2)]);
    expect(window.disbelief(copy(1, 200), 0)).toBe('newer_version');
    window.hear([change(1)]);
    expect(window.disbelief(copy(1, 200), 0)).toBe('newer_version');
    expect(window.disbelief(copy(2, 100), 0)).toBeUndefined();
  });

  test('stays in the window for as long as the window is long', () => {
    for (let ms = 0; ms <= WINDOW_MS; ms += 10_000) read(ms, { position: 100 + ms / 1000 });
    expect(window.contradiction(copy(1, 100))).toBeUndefined();
    for (let ms = 0; ms <= 130_000; ms += 10_000) {
      read(WINDOW_MS + ms, { position: 1000 + ms / 1000 });
    }
    expect(window.contradiction(copy(1, 100))).toBe('outside_window');
    expect(window.contradiction(copy(1, 300))).toBeUndefined();
  });
});

describe('the window', () => {
  test('names a user for as long as a copy that lacks the change could be in it', () => {
    read(0, { position: 150, users: [change(2)] });
    for (let ms = 250; ms < 4 * WINDOW_MS; ms += 10_000) {
      read(ms, { position: 150 + ms });
      expect(window.contradiction(copy(1, 140))).toBeDefined();
    }
    expect(window.size).toBe(0);
  });

  test('keeps what is told again, and forgets the rest, so it stays bounded', () => {
    for (let ms = 0; ms < 4 * WINDOW_MS; ms += 10_000) {
      read(ms, { position: 100 + ms, users: [change(ms + 1, `user-${ms}`), change(ms + 1)] });
    }
    expect(window.size).toBeLessThan((17 * WINDOW_MS) / 15 / 10_000 + 3);
    expect(window.contradiction(copy(1, 4 * WINDOW_MS))).toBe('newer_version');
  });

  test('begins anew when the ledger is another one', () => {
    read(0, { position: 150, users: [change(7)] });
    expect(read(250, { incarnation: 2, position: 60 })).toBe(false);
    expect(window.position).toBe(60);
    expect(window.ageMs(250)).toBe(Infinity);
    window.restart(50, LEDGER_MS + 250);
    expect(read(300, { incarnation: 2, position: 60 })).toBe(true);
    const theirs = userCopy({ incarnation: 2, version: 1, position: 50 });
    expect(window.disbelief(theirs, 300)).toBeUndefined();
  });

  test('begins anew when rows may have been trimmed since the last reading', () => {
    read(0);
    expect(read(WINDOW_MS + 59_999)).toBe(true);
    // The machine was suspended: its own clock stood still.
    const nowMs = LEDGER_MS + 2 * WINDOW_MS + 119_999;
    expect(read(WINDOW_MS + 60_000, { nowMs })).toBe(false);
    expect(window.ageMs(WINDOW_MS + 60_000)).toBe(Infinity);
    window.restart(100, nowMs);
    expect(read(WINDOW_MS + 60_001, { nowMs: nowMs + 1 })).toBe(true);
  });

  test('wants its first reading within a minute of the position to begin from', () => {
    expect(read(60_000)).toBe(false);
    window.restart(100, LEDGER_MS);
    expect(read(59_999)).toBe(true);
  });

  test('does not mind that the ledger’s clock is set back', () => {
    read(0);
    expect(read(250, { nowMs: LEDGER_MS - 5 * WINDOW_MS })).toBe(true);
    expect(read(500, { nowMs: LEDGER_MS - 5 * WINDOW_MS + 250 })).toBe(true);
  });
});

describe('while an old transaction runs, so that positions stand still', () => {
  test('copies are believed for as long as it takes, and no change is forgotten', () => {
    read(0, { position: 100, upTo: 200, users: [change(2)] });
    for (let ms = 250; ms < 4 * WINDOW_MS; ms += 10_000) {
      read(ms, { position: 100, upTo: 200 + ms });
    }
    const nowMs = 4 * WINDOW_MS;
    read(nowMs, { position: 100, upTo: 200 + nowMs });
    expect(window.disbelief(copy(2, 100), nowMs)).toBeUndefined();
    expect(window.disbelief(copy(1, 100), nowMs)).toBe('newer_version');
  });

  test('and when it has ended, the window moves on', () => {
    for (let ms = 0; ms < 2 * WINDOW_MS; ms += 10_000) {
      read(ms, { position: 100, upTo: 200 + ms, users: [change(1 + ms, `user-${ms}`)] });
    }
    for (let ms = 2 * WINDOW_MS; ms < 4 * WINDOW_MS; ms += 10_000) {
      read(ms, { position: 1e7 + ms, upTo: 1e7 + ms });
    }
    expect(window.size).toBe(0);
    expect(window.contradiction(copy(1, 100))).toBe('outside_window');
  });
});
