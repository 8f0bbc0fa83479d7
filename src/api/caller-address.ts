import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Where a caller is, as its tries are counted: an IPv4 address, or the /64 network of an IPv6 one,
 * all of which one caller may have. Proxies are believed as `http.trustedProxies` says.
 */
export function callerAddress({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const mapped = MAPPED.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(ip) ? networkOf(ip) : ip;
}

function networkOf(ip: string): string {
  const [address = ''] = ip.split('%');
  const [front = '', back = ''] = address.split('::');
  const head = front.split(':').filter((group) => group !== '');
  const tail = back.split(':').filter((group) => group !== '');
  const zeros = address.includes('::') ? 8 - head.length - tail.length : 0;
  const groups = [...head, ...new Array<string>(Math.max(zeros, 0)).fill('0'), ...tail];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
