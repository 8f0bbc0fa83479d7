import { BrokerError } from '../../common/errors.js';
import type { StoredUser, UserLedger } from '../../ports/user-ledger.port.js';

/** Looks users up in the ledger. */
export class FindUsers {
  constructor(private readonly ledger: UserLedger) {}

  /** Throws `user_unknown`. */
  async get(appId: string, userId: string): Promise<StoredUser> {
    const [user] = (await this.ledger.read([{ appId, userId }])).users;
    if (user === undefined) throw new BrokerError('user_unknown', 'there is no such user');
    return user;
  }

  /** Which of the users are registered, in the order asked. */
  async areRegistered(appId: string, userIds: readonly string[]): Promise<boolean[]> {
    const { users } = await this.ledger.read(userIds.map((userId) => ({ appId, userId })));
    return users.map((user) => user !== undefined);
  }
}
