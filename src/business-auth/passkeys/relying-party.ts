/** Who asks for passkeys (WebAuthn Level 3, §4 "Relying Party"). */
export interface RelyingParty {
  /** The domain that passkeys belong to. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The origins of the pages on which they may be used. */
  readonly origins: readonly string[];
}

/** `origins` as configured; none: that of the broker itself. */
export function relyingParty(
  origins: readonly string[],
  publicUrl: string,
  name: string,
): RelyingParty {
  const used = origins.length > 0 ? origins : [new URL(publicUrl).origin];
  return { id: new URL(used[0] ?? publicUrl).hostname, name, origins: used };
}
