import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PROFILES } from '../../support/broker-fleet.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { postAll } from '../../support/lean-http.js';
import { openSessions } from '../../support/opened-sessions.js';
import { type Business, startBusiness } from './business-setting.js';

const SESSIONS = 1000;
const SHOWINGS = 50;
const CONNECTIONS = 64;

interface Refreshed {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

describe.each(PROFILES)('a hundred thousand refreshes, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    business = await startBusiness(profile);
  });
  afterAll(() => business?.stop());

  /** Shows each token many times at once, over all brokers. Returns its answers, token by token. */
  async function showAll(tokens: readonly string[], showings: number) {
    const bodies = tokens.flatMap((refreshToken) => {
      const body = JSON.stringify({ refreshToken, clientId: 'web' });
      return Array.from({ length: showings }, () => body);
    });
    const urls = business.fleet.brokers.map(({ url }) => url);
    const answers = await postAll(urls, '/v1/auth/refresh', bodies, CONNECTIONS);
    return tokens.map((_, n) => answers.slice(n * showings, (n + 1) * showings));
  }

  test('give each token one successor, and log nobody out', { timeout: 120_000 }, async () => {
    const opened = await openSessions(business.fleet, SESSIONS);
    let current = opened.map(({ refreshToken }) => refreshToken);
    const start = performance.now();
    let count = 0;

    for (let round = 0; round < 2; round += 1) {
      const answers = await showAll(current, SHOWINGS);
      const successors = answers.map((ofToken) => {
        expect(new Set(ofToken.map(({ status }) => status))).toEqual(new Set([200]));
        const bodies = ofToken.map(({ text }) => JSON.parse(text) as Refreshed);
        count += bodies.length;
        const distinct = (key: keyof Refreshed) => [...new Set(bodies.map((one) => one[key]))];
        expect(distinct('accessToken')).toHaveLength(1);
        const given = distinct('refreshToken');
        expect(given).toHaveLength(1);
        return given[0]!;
      });
      expect(new Set(successors).size).toBe(SESSIONS);
      current = successors;
    }

    const seconds = (performance.now() - start) / 1000;
    onTestFinished(({ task }) => {
      Object.assign(task.meta, { count, perSecond: Math.round(count / seconds) });
    });
    expect(count).toBe(SESSIONS * SHOWINGS * 2);
    const last = await showAll(current, 1);
    expect(new Set(last.flat().map(({ status }) => status))).toEqual(new Set([200]));
    expect(
      await ledgerRows(business.fleet, "select * from audit_events where subject <> 'web'"),
    ).toEqual([]);
  });
});
