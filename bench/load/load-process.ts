import { answerCalls } from '../processes/calls.js';
import { BusinessServer } from './business-server.js';
import { runLoad } from './run-load.js';
import { scenario, type ScenarioName } from './scenarios.js';

export interface RunCall {
  readonly host: string;
  readonly scenario: ScenarioName;
  readonly seconds: number;
  readonly connections: number;
  readonly users: number;
  /** The number of the first of these members (0). */
  readonly from?: number;
  /** Requests a second at most; absent: as many as are answered. */
  readonly perSecond?: number;
}

export interface SignInCall {
  readonly host: string;
  readonly secret: string;
}

export interface MintCall {
  readonly host: string;
  readonly from: number;
  readonly count: number;
}

/*
 * The process that makes the load. It keeps the tokens that it was given, so that they go nowhere
 * but to the broker.
 */

let adminToken = '';
let tokens: string[] = [];
/** Ends the runs under way. */
let stop = new AbortController();
/** Requests sent by scenario and server, so that the next run goes on with other users. */
const already = new Map<string, number>();

answerCalls(
  {
    signIn: async ({ host, secret }: SignInCall) => {
      adminToken = await new BusinessServer(host).adminToken(secret);
    },
    /** Mints for members and keeps their tokens as those to check. */
    mint: async ({ host, from, count }: MintCall) => {
      tokens = await new BusinessServer(host).mintMembers(adminToken, from, count);
      return tokens.length;
    },
    /** Revokes all that as many members have. */
    revoke: ({ host, from, count }: MintCall) =>
      new BusinessServer(host).revokeMembers(adminToken, from, count),
    /** Ends all runs at once; what they have measured until then is their result. */
    stop: () => {
      stop.abort();
      stop = new AbortController();
    },
    run: async (call: RunCall) => {
      const { host, scenario: name, seconds, connections, users, from, perSecond } = call;
      const { signal } = stop;
      const key = `${name} ${host}`;
      const sent = already.get(key) ?? 0;
      const context = { host, adminToken, connections, users, from, tokens, already: sent };
      const planned = scenario(name, context);
      const result = await runLoad(planned, { host, seconds, connections, perSecond, signal });
      already.set(key, sent + result.operations / planned.operations + connections);
      return result;
    },
  },
  () => process.exit(),
);
