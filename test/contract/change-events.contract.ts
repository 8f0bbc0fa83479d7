import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import type { ChangeEvent } from '../../src/ports/change-events.port.js';
import type { LiveStateEngine, OpenChangeEvents } from '../support/live-state-engines.js';
import { anyId } from '../support/user-copies.js';

/** What a busy machine may add. */
const SLACK_MS = 200;

/** What every engine of ChangeEvents keeps to while nothing is out. */
export function changeEventsContract(engine: LiveStateEngine): void {
  describe(`change events through ${engine.name}`, () => {
    let open: OpenChangeEvents;
    beforeEach(async () => {
      open = await engine.openEvents();
    });
    afterEach(() => open.close());

    test('an event reaches every listener, at the publisher and elsewhere', async () => {
      const heard = {
        here: [] as ChangeEvent[],
        hereToo: [] as ChangeEvent[],
        there: [] as ChangeEvent[],
      };
      open.one.subscribe((event) => heard.here.push(event));
      open.one.subscribe((event) => heard.hereToo.push(event));
      open.other.subscribe((event) => heard.there.push(event));
      await open.listening();
      const event = { users: [{ appId: 'a', userId: 'u', version: 4 }], control: false };
      await open.one.publish(event);
      await vi.waitFor(() => {
        expect(heard).toEqual({ here: [event], hereToo: [event], there: [event] });
      });
    });

    test('events come in the order in which one broker published them', async () => {
      const versions: number[] = [];
      open.other.subscribe(({ users }) => versions.push(...users.map((user) => user.version)));
      await open.listening();
      const sent = Array.from({ length: 500 }, (_, n) => n);
      await Promise.all(sent.map((version) => open.one.publish(eventOf(version))));
      await vi.waitFor(() => expect(versions).toHaveLength(sent.length), { timeout: 10_000 });
      expect(versions).toEqual(sent);
    });

    test('who has stopped listening hears nothing more', async () => {
      const stopped: ChangeEvent[] = [];
      const heard: ChangeEvent[] = [];
      const stop = open.other.subscribe((event) => stopped.push(event));
      open.other.subscribe((event) => heard.push(event));
      await open.listening();
      await open.one.publish(eventOf(1));
      await vi.waitFor(() => expect(heard).toHaveLength(1));
      stop();
      stop();
      await open.one.publish(eventOf(2));
      await vi.waitFor(() => expect(heard).toHaveLength(2));
      expect(stopped).toEqual([eventOf(1)]);
    });

    test('one function may listen twice, and stop once', async () => {
      const heard: ChangeEvent[] = [];
      const listener = (event: ChangeEvent): void => void heard.push(event);
      const stop = open.one.subscribe(listener);
      open.one.subscribe(listener);
      stop();
      await open.listening();
      await open.one.publish(eventOf(1));
      await open.one.publish(eventOf(2));
      await vi.waitFor(() => expect(heard).toEqual([eventOf(1), eventOf(2)]));
    });

    test('a listener that throws is reported and keeps nobody else from hearing', async () => {
      const heard: ChangeEvent[] = [];
      open.one.subscribe(() => {
        throw new Error('from the listener');
      });
      open.one.subscribe((event) => heard.push(event));
      await open.listening();
      await open.one.publish(eventOf(1));
      await open.one.publish(eventOf(2));
      await vi.waitFor(() => expect(heard).toHaveLength(2));
      expect(open.troubles).toHaveLength(2);
      expect(open.troubles[0]).toContain('listener');
    });

    test('who listens undisturbed has heard all, up to half a second ago', async () => {
      const clock = new SystemClock();
      open.other.subscribe(() => undefined);
      await open.listening();
      const sinceMs = clock.monotonicMs();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      for (let version = 0; version < 50; version += 1) {
        await open.one.publish(eventOf(version));
        const heard = open.other.heard();
        expect(heard.sinceMs).toBeLessThanOrEqual(sinceMs);
        expect(clock.monotonicMs() - heard.untilMs).toBeLessThan(500 + SLACK_MS);
      }
    });

    test('what was published up to where all was heard has reached the listener', async () => {
      const clock = new SystemClock();
      const heardOf = new Set<number>();
      open.other.subscribe(({ users }) => void heardOf.add(users[0]?.version ?? -1));
      await open.listening();
      const publishedAtMs: number[] = [];
      for (let version = 0; version < 200; version += 1) {
        await open.one.publish(eventOf(version));
        publishedAtMs.push(clock.monotonicMs());
        const { untilMs } = open.other.heard();
        const due = publishedAtMs.flatMap((atMs, n) => (atMs < untilMs ? [n] : []));
        expect(due.filter((n) => !heardOf.has(n))).toEqual([]);
      }
    });

    test('any event arrives as it was sent, its users grouped by app', async () => {
      const events: ChangeEvent[] = [];
      open.other.subscribe((event) => events.push(event));
      await open.listening();
      const users = fc.array(fc.record({ appId: anyId, userId: anyId, version: fc.maxSafeNat() }), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(users, fc.boolean(), async (changes, control) => {
          events.length = 0;
          await open.one.publish({ users: changes, control });
          await vi.waitFor(() => expect(events).toHaveLength(1), { interval: 1 });
          expect(events[0]?.control).toBe(control);
          const byApp = Map.groupBy(changes, (change) => change.appId);
          expect(Map.groupBy(events[0]?.users ?? [], (change) => change.appId)).toEqual(byApp);
        }),
        { numRuns: 50 },
      );
    });
  });
}

function eventOf(version: number): ChangeEvent {
  return { users: [{ appId: 'default', userId: 'user-1', version }], control: false };
}
