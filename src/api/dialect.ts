/** How a caller is spoken to; its path tells. */
export type Dialect = 'openim' | 'oauth2' | 'native';

const OPENIM = /^\/(?:apps\/[^/?]+\/)?(?:auth|user)\//;
const OAUTH2 = /^\/oauth2\//;

/** The dialect of a request's URL (path and query). */
export function dialectOf(url: string): Dialect {
  if (OPENIM.test(url)) return 'openim';
  return OAUTH2.test(url) ? 'oauth2' : 'native';
}
