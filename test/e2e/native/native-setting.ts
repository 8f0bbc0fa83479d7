import type { Fleet } from '../../support/broker-fleet.js';
import type { NativeClient } from '../../support/broker-native.js';

/** What the tests of this folder share, once it has been started. */
export type NativeSetting = () => {
  readonly fleet: Fleet;
  /** The operator at the first broker. */
  readonly first: NativeClient;
  /** The operator at another broker, where there is one. */
  readonly other: NativeClient;
};
