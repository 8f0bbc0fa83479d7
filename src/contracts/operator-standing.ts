/**
 * What the IM tier asks about a person who acts as an operator: an admin token in a person's name
 * is good while its business session works.
 */
export abstract class OperatorStanding {
  /**
   * The scopes that the person may use now; undefined: the account or the session has ended.
   * Throws `ledger_unavailable`.
   */
  abstract scopesOf(
    appId: string,
    accountId: string,
    sessionId: string,
  ): Promise<readonly string[] | undefined>;
}
