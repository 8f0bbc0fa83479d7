/**
 * A person, proven: all that the tiers say to each other. The business tier (or a foreign issuer's
 * token) makes it, the IM tier mints for it.
 */
export interface Principal {
  readonly appId: string;
  /** The IM user that the person is. */
  readonly userId: string;
  /** The client that the proof was made with; empty: a foreign issuer's. */
  readonly clientId: string;
  /** The device that the person logged in on; empty: not known. */
  readonly deviceId: string;
  /**
   * The account and its session: an IM session born from it ends with it. Absent where the login
   * is not ours.
   */
  readonly business?: { readonly accountId: string; readonly sessionId: string };
  /**
   * When the person was last proven, Unix seconds; absent: not known, or less strongly than the
   * account allows, which is of no use for what is dangerous.
   */
  readonly authTime?: number;
}
