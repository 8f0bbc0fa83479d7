import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { callerAddress } from '../../../src/api/caller-address.js';

const of = (ip: string) => callerAddress({ ip });

describe('where a caller is', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['64:ff9b::192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0000:0000:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['2001:db8::3:4:5:192.0.2.7', '2001:db8:0:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['192.0.2.7:51000', '192.0.2.7'],
    ['[2001:db8::1]:51000', '2001:db8:0:0::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%j counts as %j', (ip, address) => {
    expect(of(ip)).toBe(address);
  });

  test('is the same for all addresses of a /64 network, and another for every other', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const four = fc.tuple(group, group, group, group);
    const text = (groups: readonly number[], width: number) =>
      groups.map((each) => each.toString(16).padStart(width, '0')).join(':');
    fc.assert(
      fc.property(four, four, four, four, (network, other, host, otherHost) => {
        fc.pre(network.some((each) => each !== 0) && text(network, 1) !== '64:ff9b:0:0');
        const [one, two] = [text([...network, ...host], 4), text([...network, ...otherHost], 1)];
        expect(of(one)).toBe(of(two));
        expect(of(one)).toBe(`${text(network, 1)}::/64`);
        if (text(network, 1) !== text(other, 1)) {
          expect(of(text([...other, ...host], 1))).not.toBe(of(one));
        }
      }),
    );
  });

  test('is said of anything without failing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (ip) => {
        expect(typeof of(ip)).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});
