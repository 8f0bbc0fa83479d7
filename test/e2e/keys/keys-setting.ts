import type { Fleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';

/** The installation that the tests of this folder share, once it has been started. */
export type KeysSetting = () => Fleet;

/** The operator at the first broker, with a token that no test has killed the key of yet. */
export async function operatorOf(fleet: Fleet): Promise<NativeClient> {
  return new NativeClient(fleet.first.url, await adminToken(fleet.first.url, fleet.appSecret));
}

/** What the broker at `url` says of a user token, to a caller whose own is good. */
export async function statusAt(fleet: Fleet, url: string, token: string): Promise<string> {
  const client = new NativeClient(url, await adminToken(fleet.first.url, fleet.appSecret));
  return (await client.inspect(token)).status;
}
