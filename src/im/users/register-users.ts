import { BrokerError } from '../../common/errors.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { UserProfile } from '../../ports/user-record.js';
import { NEW_USER } from './new-user.js';

export interface Registration extends UserProfile {
  readonly userId: string;
}

/** Registers IM users, all or none. */
export class RegisterUsers {
  constructor(private readonly commits: GroupCommit) {}

  /** User ids must be unique. Throws `user_exists` when any of them is registered already. */
  async register(appId: string, users: readonly Registration[]): Promise<void> {
    await this.commits.submit({
      appId,
      userIds: users.map(({ userId }) => userId),
      decide: (draft) => {
        if (users.some(({ userId }) => draft.record(userId) !== undefined)) {
          throw new BrokerError('user_exists', 'a user with such an id is registered already');
        }
        for (const { userId, ...profile } of users) {
          draft.put(userId, { ...NEW_USER, version: 1 }, profile);
        }
      },
    });
  }
}
