import type { Answer } from '../../support/broker-http.js';
import type { Fleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { OpenimClient } from '../../support/broker-openim.js';
import type { Endpoint } from './endpoints.js';

/** What the tests of this folder share, once it has been started. */
export type BadSetting = () => {
  readonly fleet: Fleet;
  /** An admin token with every scope. */
  readonly admin: string;
  /** A business access token. */
  readonly person: string;
};

/** Makes a call with all headers right, whatever its body. */
export function call(
  { fleet, admin, person }: ReturnType<BadSetting>,
  { dialect, method, path, as }: Pick<Endpoint, 'dialect' | 'method' | 'path' | 'as'>,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { url } = fleet.first;
  return dialect === 'openim'
    ? new OpenimClient(url).send(path, body, { Token: admin, ...headers })
    : new NativeClient(url, as === 'person' ? person : admin).send(method, path, body, headers);
}
