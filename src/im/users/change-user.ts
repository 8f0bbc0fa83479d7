import { BrokerError } from '../../common/errors.js';
import type { GroupCommit } from '../../ledger/group-commit.js';
import type { StoredUser } from '../../ports/user-ledger.port.js';
import type { UserProfile, UserStatus } from '../../ports/user-record.js';

/** What to change; what is absent stays. */
export interface UserChanges {
  readonly status?: UserStatus;
  /** Tokens that carry another role are refused from then on, and can be renewed into one with the new role. */
  readonly role?: string;
  readonly nickname?: string;
}

/** Suspends and reactivates users, and changes their role and nickname. */
export class ChangeUser {
  constructor(private readonly commits: GroupCommit) {}

  /** The user after the change, which is then true everywhere. Throws `user_unknown`. */
  change(
    appId: string,
    userId: string,
    changes: UserChanges,
  ): Promise<Omit<StoredUser, 'createdAt'>> {
    return this.commits.submitAndTell({
      appId,
      userIds: [userId],
      needsProfiles: true,
      decide: (draft) => {
        const record = draft.record(userId);
        const profile = draft.profile(userId);
        if (record === undefined || profile === undefined) {
          throw new BrokerError('user_unknown', 'there is no such user');
        }
        const { status = record.status, role = record.role, nickname = profile.nickname } = changes;
        const newRecord = { ...record, version: record.version + 1, status, role };
        const newProfile: UserProfile = { ...profile, nickname };
        draft.put(userId, newRecord, newProfile);
        return { record: newRecord, profile: newProfile };
      },
    });
  }
}
