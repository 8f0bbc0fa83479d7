import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEvent, encodeEvent, EVENT_FIELD } from '../../../src/stores/redis/event-codec.js';

test('an event names each app once', () => {
  const users = [
    { appId: 'a', userId: 'u', version: 1 },
    { appId: 'b', userId: 'u', version: 2 },
    { appId: 'a', userId: 'v', version: 3 },
  ];
  expect(encodeEvent({ users, control: true })).toBe('[1,["a","u",1,"v",3],["b","u",2]]');
});

test('an event of nothing but control changes comes back', () => {
  const event = { users: [], control: true };
  expect(decodeEvent([EVENT_FIELD, encodeEvent(event)])).toEqual(event);
});

test.each([
  [[]],
  [['2', '[0]']],
  [[EVENT_FIELD]],
  [[EVENT_FIELD, '']],
  [[EVENT_FIELD, '{}']],
  [[EVENT_FIELD, '[]']],
  [[EVENT_FIELD, '[2]']],
  [[EVENT_FIELD, '[0,"a"]']],
  [[EVENT_FIELD, '[0,["a","u"]]']],
  [[EVENT_FIELD, '[0,["a","u","1"]]']],
  [[EVENT_FIELD, '[0,["a","u",1.5]]']],
  [[EVENT_FIELD, '[0,[1,"u",1]]']],
])('an entry that is no event of ours is passed over: %j', (fields) => {
  expect(decodeEvent(fields)).toBeUndefined();
});

test('no entry makes it throw', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(() => decodeEvent([EVENT_FIELD, text])).not.toThrow();
    }),
  );
});
