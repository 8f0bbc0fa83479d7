export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisCredentials {
  readonly username?: string;
  readonly password?: string;
}

/** Where a Redis is, as `REDIS_URL` says it. */
export type RedisTarget = { readonly credentials: RedisCredentials } & (
  | {
      readonly kind: 'single';
      readonly address: RedisAddress;
      readonly db: number;
      readonly tls: boolean;
    }
  | { readonly kind: 'cluster'; readonly addresses: readonly RedisAddress[]; readonly tls: boolean }
  | {
      readonly kind: 'sentinel';
      readonly addresses: readonly RedisAddress[];
      readonly name: string;
      readonly db: number;
    }
);

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;
const SENTINEL = 'redis+sentinel://';

/**
 * Reads a Redis URL:
 *
 * - `redis://[user[:password]@]host[:port][/db]`, `rediss://…` with TLS;
 * - several of them, comma-separated: the nodes of one Cluster to begin with (the credentials of
 *   the first that has some serve for all, database 0 only);
 * - `redis+sentinel://[user[:password]@]host[:port],…/name[/db]`: the Sentinels that know the
 *   master `name`; the credentials are the master's.
 *
 * User and password are percent-encoded; a comma in them must be. Throws an `Error` that says what
 * is wrong and never repeats the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  if (url.startsWith(SENTINEL)) return parseSentinel(url.slice(SENTINEL.length));
  const nodes = url.split(',').map((part) => parseNode(part.trim()));
  const [first] = nodes;
  if (!first) throw new Error('is empty');
  if (nodes.length === 1) return { kind: 'single', ...first };
  if (nodes.some((node) => node.tls !== first.tls)) throw new Error('mixes redis:// and rediss://');
  if (nodes.some((node) => node.db !== 0)) throw new Error('names a database of a Redis Cluster');
  return {
    kind: 'cluster',
    addresses: nodes.map((node) => node.address),
    credentials: nodes.find((node) => node.credentials.password)?.credentials ?? {},
    tls: first.tls,
  };
}

interface Node {
  readonly address: RedisAddress;
  readonly credentials: RedisCredentials;
  readonly db: number;
  readonly tls: boolean;
}

function parseNode(text: string, defaultPort = DEFAULT_PORT): Node {
  if (!/^rediss?:\/\//.test(text)) {
    throw new Error('must begin with redis://, rediss:// or redis+sentinel://');
  }
  const url = URL.parse(text);
  if (!url?.hostname) throw new Error('is not a URL with a host');
  return {
    address: {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? defaultPort : Number(url.port),
    },
    credentials: {
      ...(url.username === '' ? {} : { username: decode(url.username) }),
      ...(url.password === '' ? {} : { password: decode(url.password) }),
    },
    db: parseDatabase(url.pathname.slice(1)),
    tls: url.protocol === 'rediss:',
  };
}

function parseSentinel(rest: string): RedisTarget {
  const slash = rest.indexOf('/');
  const [name = '', db = '', ...more] = slash < 0 ? [] : rest.slice(slash + 1).split('/');
  if (name === '' || more.length > 0) throw new Error('must end in /name or /name/database');
  const nodes = rest
    .slice(0, slash)
    .split(',')
    .map((part) => parseNode(`redis://${part.trim()}`, DEFAULT_SENTINEL_PORT));
  return {
    kind: 'sentinel',
    addresses: nodes.map((node) => node.address),
    credentials: nodes.find((node) => node.credentials.password)?.credentials ?? {},
    name: decode(name),
    db: parseDatabase(db),
  };
}

function parseDatabase(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw new Error('names a database that is not a number');
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('holds a % that begins no percent-encoding');
  }
}
