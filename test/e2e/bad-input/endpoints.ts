import {
  BAD_ID,
  BAD_IDS,
  BAD_PLATFORM,
  BAD_SCOPE,
  BAD_SECRET,
  BAD_TOKEN,
  BAD_TTL,
  badText,
  type BadValue,
  MISSING,
} from './bad-values.js';

/** A call with a JSON body, and everything that its fields must not be. */
export interface Endpoint {
  readonly dialect: 'openim' | 'native';
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  /** Whose token it is sent with: an admin's, or a person's. */
  readonly as?: 'person';
  /** A body that is right, but for what only the ledger can know. */
  readonly body: Readonly<Record<string, unknown>>;
  /** By field; a dot leads into an object or a list. */
  readonly fields: Readonly<Record<string, readonly BadValue[]>>;
}

const openim = (path: string, body: Endpoint['body'], fields: Endpoint['fields']): Endpoint => ({
  dialect: 'openim',
  method: 'POST',
  path,
  body,
  fields,
});

const native = (
  path: string,
  body: Endpoint['body'],
  fields: Endpoint['fields'],
  method: Endpoint['method'] = 'POST',
): Endpoint => ({ dialect: 'native', method, path, body, fields });

const person = (path: string, body: Endpoint['body'], fields: Endpoint['fields']): Endpoint => ({
  ...native(path, body, fields),
  as: 'person',
});

/** A text that must be there and has at most so many characters, whatever they are. */
const badLine = (max: number): readonly BadValue[] => [
  ['missing', MISSING],
  ['null', null],
  ['a number', 1],
  ['a list', []],
  ['empty', ''],
  ['too long', 'x'.repeat(max + 1)],
];

const badPassword: readonly BadValue[] = [
  ...badLine(1024),
  ['of a megabyte', 'p'.repeat(1_000_000)],
  ['with a NUL', 'correct\u0000horse'],
  ['with half a surrogate pair', 'correct\ud800horse'],
];

const badUsername: readonly BadValue[] = [
  ...badLine(64),
  ['of two characters', 'ab'],
  ['with a blank', 'a b c'],
  ['with a line end', 'abc\n'],
  ['with a zero-width joiner', 'al\u200dice'],
  ['in two scripts', 'al\u0456ce'],
  ['turning around', 'abc\u202e'],
];

const badEmail: readonly BadValue[] = [
  ['null', null],
  ['a number', 1],
  ['empty', ''],
  ['without an at', 'alice.example'],
  ['with two lines', 'a@b.example\r\nBcc: c@d.example'],
  ['too long', `${'a'.repeat(250)}@b.example`],
];

const badCredential: readonly BadValue[] = [
  ['missing', MISSING],
  ['null', null],
  ['a text', 'x'],
  ['a list', []],
  ['empty', {}],
];

const client = { clientId: 'web' };
const badClient = { clientId: badLine(64) };
const credential = { id: 'x', type: 'public-key', response: {} };
const token = badLine(256);

const notAList: readonly BadValue[] = [
  ['missing', MISSING],
  ['null', null],
  ['a text', 'a'],
  ['an object', {}],
  ['empty', []],
];

const badScopes: readonly BadValue[] = [
  ['null', null],
  ['a text', 'im:tokens:mint'],
  ['with a number', [1]],
  ['of 51 words', Array.from({ length: 51 }, () => 'im:tokens:mint')],
];

/** Every call that takes a JSON body. */
export const ENDPOINTS: readonly Endpoint[] = [
  openim(
    '/auth/get_admin_token',
    { secret: 'x', userID: 'imAdmin' },
    { secret: BAD_SECRET, userID: BAD_ID },
  ),
  openim(
    '/auth/get_user_token',
    { platformID: 1, userID: 'bad' },
    { platformID: BAD_PLATFORM, userID: BAD_ID },
  ),
  openim('/auth/parse_token', { token: 'x' }, { token: [...BAD_TOKEN, ['empty', '']] }),
  openim(
    '/auth/force_logout',
    { platformID: 1, userID: 'bad' },
    { platformID: BAD_PLATFORM, userID: BAD_ID },
  ),
  openim(
    '/user/user_register',
    { users: [{ userID: 'bad', nickname: '', faceURL: '', ex: '' }] },
    {
      users: [
        ...notAList,
        ['with null', [null]],
        ['with a repeated id', [{ userID: 'a' }, { userID: 'a' }]],
        ['of 1001', Array.from({ length: 1001 }, (_, n) => ({ userID: `u${n}` }))],
      ],
      'users.0.userID': [...BAD_ID, ['with a colon', 'a:b']],
      'users.0.nickname': badText(255),
      'users.0.faceURL': badText(1024),
      'users.0.ex': badText(4096),
    },
  ),
  openim('/user/account_check', { checkUserIDs: ['bad'] }, { checkUserIDs: BAD_IDS }),
  openim('/user/get_users_online_status', { userIDs: ['bad'] }, { userIDs: BAD_IDS }),
  native(
    '/v1/im/tokens',
    { userId: 'bad', platformId: 1, deviceId: 'd', ttlSeconds: 60, scope: 'im:connect' },
    {
      userId: BAD_ID,
      platformId: BAD_PLATFORM,
      deviceId: BAD_ID.slice(1),
      ttlSeconds: BAD_TTL,
      scope: BAD_SCOPE,
    },
  ),
  native(
    '/v1/im/tokens/batch',
    { requests: [{ userId: 'bad', platformId: 1 }] },
    { requests: notAList },
  ),
  native('/v1/im/tokens/inspect', { token: 'x' }, { token: BAD_TOKEN }),
  native(
    '/v1/im/users/bad',
    { status: 'active', role: '', nickname: '' },
    {
      status: [
        ['null', null],
        ['a number', 1],
        ['empty', ''],
        ['another word', 'deleted'],
      ],
      role: [['null', null], ...badText(64)],
      nickname: [['null', null], ...badText(255)],
    },
    'PATCH',
  ),
  native(
    '/v1/apps',
    { id: 'bad-app', name: 'Bad', settings: { userTtlSeconds: 60 }, scopes: ['im:tokens:mint'] },
    {
      id: [
        ...BAD_ID,
        ['with capitals', 'App'],
        ['with a hyphen at its end', 'app-'],
        ['with a slash', 'a/b'],
        ['__proto__', '__proto__'],
      ],
      name: [['null', null], ...badText(200)],
      settings: [
        ['null', null],
        ['a text', 'x'],
        ['a list', []],
        ['with an unknown name', { userTTLSeconds: 60 }],
      ],
      'settings.adminUserIds': [['a text', 'boss'], ...BAD_IDS.slice(6, 11)],
      'settings.userTtlSeconds': BAD_TTL.filter(([what]) => what !== 'too long'),
      'settings.roleTtlSeconds': [
        ['a list', []],
        ['with a text', { vip: '60' }],
        ['with zero', { vip: 0 }],
        ['with a long role', { ['r'.repeat(65)]: 60 }],
      ],
      'settings.multiLoginPolicy': [
        ['2', 2],
        ['3', 3],
        ['-1', -1],
        ['a text', '1'],
        ['null', null],
      ],
      'settings.maxNumOneEnd': [
        ['0', 0],
        ['1001', 1001],
        ['1.5', 1.5],
        ['a text', '30'],
      ],
      'settings.algorithm': [
        ['none', 'none'],
        ['RS256', 'RS256'],
        ['null', null],
      ],
      scopes: badScopes,
    },
  ),
  native(
    '/v1/keys/rotate',
    { force: false, ring: 'bad' },
    {
      force: [
        ['a text', 'yes'],
        ['a number', 1],
        ['null', null],
      ],
      ring: [
        ['a number', 1],
        ['null', null],
        ['of 81 characters', 'r'.repeat(81)],
      ],
    },
  ),
  native(
    '/v1/keys/bad/revoke',
    { reason: 'bad' },
    { reason: [['missing', MISSING], ['null', null], ...badText(500)] },
  ),
  native('/v1/apps/default/secrets', { scopes: ['im:tokens:mint'] }, { scopes: badScopes }),
  native(
    '/v1/apps/default/clients',
    { id: 'bad-client', name: 'Bad', type: 'public', requiresDpop: false },
    {
      id: [
        ['null', null],
        ['a number', 1],
        ['empty', ''],
        ['with capitals', 'Client'],
        ['of 64 characters', 'c'.repeat(64)],
      ],
      name: [['null', null], ['empty', ''], ...badText(200)],
      type: [
        ['missing', MISSING],
        ['null', null],
        ['another word', 'secret'],
      ],
      requiresDpop: [
        ['null', null],
        ['a text', 'yes'],
      ],
    },
  ),
  native(
    '/v1/apps/default/trusted-issuers',
    {
      name: 'bad',
      issuer: 'https://id.example',
      jwksUrl: 'https://id.example/jwks',
      audience: 'chat',
    },
    {
      name: [...badLine(64), ['with capitals', 'Acme']],
      issuer: [...badLine(2000), ['no URL', 'acme'], ['in clear', 'http://id.example']],
      jwksUrl: [
        ...badLine(2000),
        ['in clear', 'http://id.example/jwks'],
        ['a file', 'file:///etc/passwd'],
        ['with a password', 'https://user:word@id.example/jwks'],
      ],
      audience: badLine(500),
      userIdTemplate: [
        ['null', null],
        ['without an id', '{name}'],
        ['with two ids', '{id}{id}'],
        ['with an id that runs into the name', '{name}-{id}'],
      ],
      mayNameAnyUser: [['a text', 'yes']],
    },
  ),
  native(
    '/v1/auth/register',
    { ...client, username: 'bad-input', password: 'nine purple otters juggle 17 lanterns' },
    {
      ...badClient,
      username: badUsername,
      password: [...badPassword, ['too short', 'x7!Qz'], ['easy to guess', 'password1234']],
      email: badEmail,
      phone: [
        ['null', null],
        ['a number', 49],
        ['no number', 'call me'],
        ['with letters', '+49abc12345'],
      ],
    },
  ),
  native(
    '/v1/auth/login',
    { ...client, username: 'bad-input', password: 'x' },
    { ...badClient, username: badLine(256), password: badPassword, deviceId: BAD_ID.slice(1) },
  ),
  native(
    '/v1/auth/login/mfa',
    { mfaToken: 'x', method: 'totp', code: '123456' },
    {
      mfaToken: token,
      code: badLine(64),
      method: [
        ['missing', MISSING],
        ['null', null],
        ['another word', 'sms'],
      ],
    },
  ),
  native('/v1/auth/login/mfa/passkey', { mfaToken: 'x' }, { mfaToken: token }),
  native('/v1/auth/login/passkey/options', { ...client }, badClient),
  native(
    '/v1/auth/login/passkey',
    { ...client, passkeyToken: 'x', credential },
    { ...badClient, passkeyToken: token, credential: badCredential },
  ),
  native(
    '/v1/auth/refresh',
    { ...client, refreshToken: 'x' },
    { ...badClient, refreshToken: token },
  ),
  native(
    '/v1/auth/recovery/start',
    { ...client, username: 'bad-input' },
    {
      ...badClient,
      username: badLine(256),
      email: [...badEmail, ['beside a name', 'a@b.example']],
    },
  ),
  native(
    '/v1/auth/recovery/complete',
    { recoveryToken: 'x', code: '12345678', newPassword: 'nine purple otters juggle 17' },
    { recoveryToken: token, code: badLine(64), newPassword: badPassword },
  ),
  person('/v1/auth/mfa/totp/confirm', { code: '123456' }, { code: badLine(64) }),
  person(
    '/v1/auth/step-up',
    { password: 'x' },
    { password: badPassword, code: [['beside a password', '123456']] },
  ),
  person(
    '/v1/auth/password',
    { currentPassword: 'x', newPassword: 'y' },
    { currentPassword: badPassword, newPassword: badPassword },
  ),
  person(
    '/v1/auth/passkeys',
    { passkeyToken: 'x', credential, name: 'laptop' },
    {
      passkeyToken: token,
      credential: badCredential,
      name: [['missing', MISSING], ['null', null], ['empty', ''], ...badText(100)],
    },
  ),
  person(
    '/v1/me/im-token',
    { platformId: 1 },
    { platformId: BAD_PLATFORM, deviceId: BAD_ID.slice(1), scope: BAD_SCOPE },
  ),
  person('/v1/me/admin-token', { scope: 'im:tokens:mint' }, { scope: BAD_SCOPE }),
];

/** The body with one field made wrong. */
export function withField(body: Endpoint['body'], field: string, value: unknown): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  const path = field.split('.');
  const name = path.pop() ?? '';
  let node: Record<string, unknown> = copy;
  for (const step of path) node = node[step] as Record<string, unknown>;
  if (value === MISSING) delete node[name];
  else node[name] = value;
  return copy;
}
