import type { ResponseCheck } from './connection.js';
import { request, userIdOf, UserRequest } from './request.js';

export const SCENARIOS = [
  'mint-openim',
  'mint-native',
  'mint-new',
  'parse-warm',
  'parse-cold',
  'batch',
] as const;
/** `parse-refused`: checks of tokens that were revoked. */
export type ScenarioName = (typeof SCENARIOS)[number] | 'parse-refused';

/** Mints in one batch. */
export const BATCH_SIZE = 1000;

export interface ScenarioContext {
  /** `host:port`. */
  readonly host: string;
  readonly adminToken: string;
  readonly connections: number;
  /** How many users there are. */
  readonly users: number;
  /** The number of the first of these members (0). */
  readonly from?: number | undefined;
  /** Tokens to check, each once in a cold scenario, in turn in a warm one. */
  readonly tokens: readonly string[];
  /** Requests that earlier runs of the scenario have sent. */
  readonly already: number;
}

export interface Scenario {
  next(lane: number): Buffer | undefined;
  readonly check: ResponseCheck;
  /** Operations in one request. */
  readonly operations: number;
}

/** Coprime to every round number of users: walks through all of them, in no order. */
const STRIDE = 7919;

const OPENIM_OK: ResponseCheck = { status: 'HTTP/1.1 200 ', contains: '"errCode":0,' };
/** TokenKickedError: what is answered to a token that was revoked. */
const OPENIM_REVOKED: ResponseCheck = { status: 'HTTP/1.1 200 ', contains: '"errCode":1506,' };

export function scenario(name: ScenarioName, context: ScenarioContext): Scenario {
  switch (name) {
    case 'mint-openim':
      return mintEach(context, openimMint(context, 'member'), OPENIM_OK, (sent) =>
        memberNumber(sent, context),
      );
    case 'mint-new':
      return mintEach(context, openimMint(context, 'newcomer'), OPENIM_OK, (sent) => sent);
    case 'mint-native':
      return mintEach(
        context,
        nativeMint(context),
        { status: 'HTTP/1.1 201 ', contains: '"token":"' },
        (sent) => memberNumber(sent, context),
      );
    case 'parse-warm':
      return parse(context, (sent, count) => sent % count);
    case 'parse-cold':
      return parse(context, (sent, count) => (sent < count ? sent : undefined));
    case 'parse-refused':
      return { ...parse(context, (sent, count) => sent % count), check: OPENIM_REVOKED };
    case 'batch':
      return batch(context);
  }
}

function memberNumber(sent: number, { users, from = 0 }: ScenarioContext): number {
  return from + ((sent * STRIDE) % users);
}

function openimMint({ host, adminToken }: ScenarioContext, kind: 'member' | 'newcomer') {
  return () =>
    request(
      host,
      '/auth/get_user_token',
      { operationID: 'bench', token: adminToken },
      JSON.stringify({ platformID: 1, userID: userIdOf(kind, 0) }),
    );
}

function nativeMint({ host, adminToken }: ScenarioContext) {
  return () =>
    request(
      host,
      '/v1/im/tokens',
      { authorization: `Bearer ${adminToken}` },
      JSON.stringify({ userId: userIdOf('member', 0), platformId: 1 }),
    );
}

function mintEach(
  { connections, already }: ScenarioContext,
  make: () => Buffer,
  check: ResponseCheck,
  userNumber: (sent: number) => number,
): Scenario {
  const requests = Array.from({ length: connections }, () => new UserRequest(make()));
  let sent = already;
  return { check, operations: 1, next: (lane) => requests[lane]?.for(userNumber(sent++)) };
}

function parse(
  { host, tokens }: ScenarioContext,
  indexOf: (sent: number, count: number) => number | undefined,
): Scenario {
  const requests = tokens.map((token) =>
    request(host, '/auth/parse_token', { operationID: 'bench' }, JSON.stringify({ token })),
  );
  let sent = 0;
  return {
    check: OPENIM_OK,
    operations: 1,
    next: () => {
      const index = indexOf(sent++, requests.length);
      return index === undefined ? undefined : requests[index];
    },
  };
}

function batch(context: ScenarioContext): Scenario {
  const batches = Math.max(1, Math.floor(context.users / BATCH_SIZE));
  const requests = Array.from({ length: Math.min(batches, 20) }, (_, index) =>
    batchRequest(context, index * BATCH_SIZE, BATCH_SIZE),
  );
  let sent = context.already;
  return {
    check: { status: 'HTTP/1.1 200 ', contains: '"ok":true', lacks: '"ok":false' },
    operations: BATCH_SIZE,
    next: () => requests[sent++ % requests.length],
  };
}

/** A batch mint for `count` members from a number on. */
export function batchRequest(
  { host, adminToken }: Pick<ScenarioContext, 'host' | 'adminToken'>,
  from: number,
  count: number,
): Buffer {
  const requests = Array.from({ length: count }, (_, index) => ({
    userId: userIdOf('member', from + index),
    platformId: 1,
  }));
  return request(
    host,
    '/v1/im/tokens/batch',
    { authorization: `Bearer ${adminToken}` },
    JSON.stringify({ requests }),
  );
}
