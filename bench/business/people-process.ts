import { randomBytes } from 'node:crypto';
import { Caller } from '../processes/caller.js';
import { answerCalls } from '../processes/calls.js';
import type { LoadResult } from '../load/run-load.js';
import { quantiles } from '../measure/quantiles.js';

/*
 * People who log in and stay logged in: a process that makes accounts, and loads a broker, or a
 * floor that speaks the same two calls, with their refreshes and logins.
 */

export interface PeopleCall {
  /** `host:port`. */
  readonly host: string;
  readonly count: number;
}

export interface RunPeopleCall {
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
}

interface Tokens {
  readonly refreshToken: string;
}

const PASSWORD = randomBytes(18).toString('base64url');
/** Registrations under way at once. */
const REGISTERING = 16;

/** By host: names, and the refresh token that each of them has now. */
const people = new Map<string, { readonly name: string; refreshToken: string }[]>();

async function post(caller: Caller, path: string, body: object): Promise<Tokens> {
  const answer = await caller.post(path, {}, body);
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Tokens;
}

const logIn = (caller: Caller, username: string) =>
  post(caller, '/v1/auth/login', { username, password: PASSWORD, clientId: 'web' });

async function settle({ host, count }: PeopleCall): Promise<void> {
  const made: { name: string; refreshToken: string }[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: REGISTERING }, async () => {
      const caller = new Caller(host);
      while (next < count) {
        const name = `person-${next++}`;
        const account = { username: name, password: PASSWORD, clientId: 'web' };
        await post(caller, '/v1/auth/register', account);
        made.push({ name, refreshToken: (await logIn(caller, name)).refreshToken });
      }
      caller.close();
    }),
  );
  people.set(host, made);
}

/** Each connection has people of its own, whom it refreshes in turn. */
function refresh(call: RunPeopleCall): Promise<LoadResult> {
  return run(call, (all, lane) => {
    const own = all.filter((_, index) => index % call.connections === lane);
    let turn = 0;
    return async (caller) => {
      const person = own[turn++ % own.length];
      if (person === undefined) throw new Error('there are fewer people than connections');
      const { refreshToken } = person;
      const body = { refreshToken, clientId: 'web' };
      person.refreshToken = (await post(caller, '/v1/auth/refresh', body)).refreshToken;
    };
  });
}

function logins(call: RunPeopleCall): Promise<LoadResult> {
  return run(call, (all, lane) => {
    let turn = lane;
    return async (caller) => {
      const person = all[turn % all.length];
      turn += call.connections;
      await logIn(caller, person?.name ?? '');
    };
  });
}

type Lane = (caller: Caller) => Promise<void>;

async function run(
  { host, connections, seconds }: RunPeopleCall,
  laneOf: (all: { readonly name: string; refreshToken: string }[], lane: number) => Lane,
): Promise<LoadResult> {
  const all = people.get(host) ?? [];
  const times: number[] = [];
  const began = performance.now();
  const deadline = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async (_, number) => {
      const caller = new Caller(host);
      const lane = laneOf(all, number);
      for (let sentAt = began; sentAt < deadline;) {
        sentAt = performance.now();
        await lane(caller);
        times.push(performance.now() - sentAt);
      }
      caller.close();
    }),
  );
  const { p50, p99 } = quantiles(times);
  const taken = (performance.now() - began) / 1000;
  return { operations: times.length, seconds: taken, p50, p99 };
}

answerCalls({ settle, refresh, logins }, () => process.exit());
process.on('SIGTERM', () => process.exit());
