import type { StoredUser } from '../../ports/user-ledger.port.js';

/** A user as people are shown it, over the API and by a command. */
export function describeUser(id: string, { record, profile }: Omit<StoredUser, 'createdAt'>) {
  const { status, role } = record;
  const { nickname, faceUrl } = profile;
  return { userId: id, status, role, nickname, faceUrl };
}
