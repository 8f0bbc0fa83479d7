import type { ChangeEvent } from '../../ports/change-events.port.js';
import type { UserChange } from '../../ports/feed-ledger.port.js';

/*
 * An event as one field of a stream entry. The field's name is the version of this format, its
 * value JSON: [control as 0 or 1, [app id, user id, version, user id, version, …], …], one inner
 * list for each app.
 */

export const EVENT_FIELD = '1';

export function encodeEvent(event: ChangeEvent): string {
  const byApp = new Map<string, (string | number)[]>();
  for (const { appId, userId, version } of event.users) {
    let list = byApp.get(appId);
    if (!list) byApp.set(appId, (list = [appId]));
    list.push(userId, version);
  }
  return JSON.stringify([event.control ? 1 : 0, ...byApp.values()]);
}

/** The event of a stream entry (names and values in turn), or `undefined` for anything else. */
export function decodeEvent(fields: readonly string[]): ChangeEvent | undefined {
  const [name, text = ''] = fields;
  if (name !== EVENT_FIELD) return undefined;
  try {
    const [control, ...apps] = JSON.parse(text) as unknown[];
    if (control !== 0 && control !== 1) return undefined;
    return { control: control === 1, users: apps.flatMap(parseApp) };
  } catch {
    return undefined;
  }
}

function parseApp(list: unknown): UserChange[] {
  if (!Array.isArray(list)) throw new SyntaxError('not an app');
  const [appId, ...rest] = list as unknown[];
  const users: UserChange[] = [];
  for (let i = 0; i < rest.length; i += 2) {
    const [userId, version] = [rest[i], rest[i + 1]];
    if (
      typeof appId !== 'string' ||
      typeof userId !== 'string' ||
      typeof version !== 'number' ||
      !Number.isSafeInteger(version)
    ) {
      throw new SyntaxError('not a user change');
    }
    users.push({ appId, userId, version });
  }
  return users;
}
