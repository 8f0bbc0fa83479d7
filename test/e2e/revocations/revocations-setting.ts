import type { Fleet } from '../../support/broker-fleet.js';
import type { Minted, NativeClient } from '../../support/broker-native.js';

/** What the tests of this folder share, once it has been started. */
export interface Revocations {
  readonly fleet: Fleet;
  /** The operator at the first broker. */
  readonly first: NativeClient;
  /** The operator at another broker, where there is one. */
  readonly other: NativeClient;
  /** The admin of an app of its own, where several sessions on a platform are allowed. */
  readonly tenant: NativeClient;
}

export type RevocationsSetting = () => Revocations;

/** The status of each of these tokens, at one broker. */
export function statusesOf(
  client: NativeClient,
  minted: readonly Pick<Minted, 'token'>[],
): Promise<string[]> {
  return Promise.all(minted.map(async ({ token }) => (await client.inspect(token)).status));
}
