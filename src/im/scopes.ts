/** What an admin token may be used for. */
export const IM_ADMIN_SCOPES = [
  'im:tokens:mint',
  'im:tokens:inspect',
  'im:tokens:revoke',
  'im:tokens:restore',
  'im:users:read',
  'im:users:write',
  'audit:read',
] as const;

/** What only the operator may do: reserved for secrets of the app `default`. */
export const OPERATOR_SCOPES = ['apps:write', 'keys:read', 'keys:write'] as const;

export type AdminScope = (typeof IM_ADMIN_SCOPES)[number] | (typeof OPERATOR_SCOPES)[number];

/** The scopes that secrets of an app may carry. */
export function grantableScopes(appId: string): readonly AdminScope[] {
  return appId === DEFAULT_APP_ID ? [...IM_ADMIN_SCOPES, ...OPERATOR_SCOPES] : IM_ADMIN_SCOPES;
}

/** The app that exists from the first start; it alone may hold the operator's scopes. */
export const DEFAULT_APP_ID = 'default';

/** What a user token is good for unless its mint says otherwise: connecting, and being renewed. */
export const DEFAULT_USER_SCOPE = 'im:connect im:renew';

export const RENEW_SCOPE = 'im:renew';

/** Whether a space-separated scope contains a word (RFC 6749 §3.3). */
export function hasScope(scope: string, word: string): boolean {
  return scope === word || scope.split(' ').includes(word);
}
