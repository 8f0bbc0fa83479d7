/** What a server's INFO says that an operator should know. */
export interface RedisFindings {
  /** Why it can't be used as it is; absent: it can. */
  readonly unusable?: string;
  /** What would better be set otherwise, each with its reason. */
  readonly advice: readonly string[];
}

/** Older servers are not tested with. */
const OLDEST = [6, 2] as const;

/** Of `maxmemory`. */
const NEARLY_FULL = 0.8;

/** Reads the findings out of what INFO answers, of one server. */
export function findingsOf(info: string): RedisFindings {
  const fields = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)));
  const unusable = unusableBecause(fields);
  return { ...(unusable === undefined ? {} : { unusable }), advice: adviceOf(fields) };
}

type Fields = ReadonlyMap<string, string>;

function unusableBecause(fields: Fields): string | undefined {
  if (fields.get('role') === 'slave') return 'it is a replica and takes no writes';
  if (fields.get('loading') === '1') return 'it is still loading its data';
  if (isFull(fields)) return 'its memory is full, and by its maxmemory-policy it takes no writes';
  return undefined;
}

/** Only where nothing is evicted; else it makes room. */
function isFull(fields: Fields): boolean {
  const limit = Number(fields.get('maxmemory') ?? 0);
  const isBounded = limit > 0 && fields.get('maxmemory_policy') === 'noeviction';
  return isBounded && Number(fields.get('used_memory') ?? 0) >= limit;
}

function adviceOf(fields: Fields): string[] {
  const advice: string[] = [];
  const version = fields.get('redis_version') ?? '';
  if (isOlder(version)) advice.push(`Redis ${version} is older than ${OLDEST.join('.')}`);
  const limit = Number(fields.get('maxmemory') ?? 0);
  if (limit === 0) return advice;
  const policy = fields.get('maxmemory_policy') ?? '';
  if (policy !== 'noeviction') {
    advice.push(
      `maxmemory-policy is ${policy}: when memory is full counts of guesses and used DPoP proofs are forgotten as well as copies; set noeviction`,
    );
  } else if (Number(fields.get('used_memory') ?? 0) > limit * NEARLY_FULL) {
    advice.push(
      'its memory is nearly full: then nothing can be told, each revocation takes a second, and nobody logs in',
    );
  }
  return advice;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function splitOnce(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}
