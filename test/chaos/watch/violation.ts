/** Which promise was broken. */
export type Promised =
  /** A token was accepted too long after what ended it was acknowledged. */
  | 'ended-accepted'
  /** The same, while events flowed and the bound is tens of milliseconds. */
  | 'news-late'
  /** A token was refused that nothing can have ended. */
  | 'good-refused'
  /** A token was refused for a reason that it can't have. */
  | 'wrong-reason'
  /** Two sessions of one platform were both accepted under policy 1. */
  | 'two-on-a-platform'
  /** A call failed though the ledger was there. */
  | 'needless-error'
  /** A call took too long though the ledger was there. */
  | 'too-slow'
  /** What had been acknowledged was not found in the ledger. */
  | 'lost'
  /** All was well again, and a broker did not come back by itself. */
  | 'not-back';

export interface Violation {
  readonly promised: Promised;
  readonly what: string;
}
