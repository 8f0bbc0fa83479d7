/** The user ids in the `users` column of a feed row. */
export function writtenUsers(users: string | undefined): ReadonlySet<string> {
  if (users === undefined) return new Set();
  return new Set((JSON.parse(users) as [string, number][]).map(([userId]) => userId));
}
