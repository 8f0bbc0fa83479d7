import { Act } from './act.js';
import type { Target } from './target.js';

/** A revocation that was asked for. */
export class Revocation extends Act {
  /** Where the dialect names it. */
  id: string | undefined;

  constructor(
    readonly appId: string,
    readonly target: Target,
  ) {
    super();
  }
}

/** The wish to take a revocation back. */
export class Restore extends Act {}
