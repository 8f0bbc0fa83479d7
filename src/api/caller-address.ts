import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** An address as some proxies write it: with the port that it came from, or in brackets. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;
/** IPv4 addresses within IPv6: mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1). */
const IPV4_WITHIN = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'];

/**
 * Where a caller is, as its tries are counted: an IPv4 address, or the /64 network of an IPv6 one,
 * all of which one caller may have. However an address is written, it comes out the same. Proxies
 * are believed as `http.trustedProxies` says.
 */
export function callerAddress({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const [, bracketed, plain] = WITH_PORT.exec(ip) ?? [];
  const [address = ''] = (bracketed ?? plain ?? ip).split('%');
  if (isIPv4(address) || !isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (IPV4_WITHIN.includes(groups.slice(0, 6).join(':'))) return ipv4Of(groups.slice(6));
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in lower case and without leading zeros. */
function groupsOf(address: string): string[] {
  // The parser of URLs writes it in the one way of RFC 5952, but for what is within.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = written
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

function ipv4Of(groups: readonly string[]): string {
  const bytes = groups.flatMap((group) => {
    const both = Number.parseInt(group, 16);
    return [both >> 8, both & 0xff];
  });
  return bytes.join('.');
}
