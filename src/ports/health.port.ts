/** How one part that the broker stands on is doing. */
export interface PartHealth {
  readonly name: string;
  readonly up: boolean;
  /** Why not, or what to know; never a secret. */
  readonly detail?: string;
}

/** Something outside that the broker stands on. */
export abstract class HealthProbe {
  /** Answers within a second; never throws. */
  abstract probe(): Promise<PartHealth>;
}
