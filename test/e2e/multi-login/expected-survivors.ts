/** A session as its own token tells it. */
export interface Login {
  readonly token: string;
  readonly sessionId: string;
  readonly platformId: number;
  /** The user's version that admitted it: the order in which logins happened. */
  readonly version: number;
}

export type Policy = 0 | 1 | 4 | 5;

const PC = [3, 4, 7];

/** Platforms that share a limit under a policy, as OpenIM's table of policies has it. */
const GROUP_OF: Readonly<Record<Policy, (platformId: number) => string>> = {
  0: (id) => `platform ${id}`,
  1: (id) => `platform ${id}`,
  4: (id) => {
    if (id <= 2) return 'Mobile';
    if (PC.includes(id)) return 'PC';
    return id === 8 || id === 9 ? 'Pad' : `platform ${id}`;
  },
  5: (id) => (PC.includes(id) ? `PC ${id}` : 'other'),
};

/** Whether a policy lets so many sessions of a group be that `maxNumOneEnd` bounds them. */
function places(policy: Policy, group: string, maxNumOneEnd: number): number {
  return policy === 0 || group.startsWith('PC ') ? maxNumOneEnd : 1;
}

/**
 * Who is left after logins in the order of their versions, written down from the table of the
 * policies and not from the code: of each group the newest that have a place.
 *
 * For policy 5 this is so because every login that is not on PC ends all others that are not, so
 * that the preference for Android never has two to choose from.
 */
export function expectedSurvivors(
  policy: Policy,
  maxNumOneEnd: number,
  logins: readonly Login[],
): string[] {
  const groups = Map.groupBy(logins, ({ platformId }) => GROUP_OF[policy](platformId));
  return [...groups]
    .flatMap(([group, members]) =>
      members
        .toSorted((a, b) => b.version - a.version)
        .slice(0, places(policy, group, maxNumOneEnd)),
    )
    .map(({ sessionId }) => sessionId)
    .toSorted();
}

/** Reads what a token says of its session. */
export function loginOf(token: string): Login {
  const claims = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
  ) as { sid: string; PlatformID: number; ver: number };
  return { token, sessionId: claims.sid, platformId: claims.PlatformID, version: claims.ver };
}
