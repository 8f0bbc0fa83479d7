import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BusinessClient } from '../../support/broker-business.js';
import { PROFILES } from '../../support/broker-fleet.js';
import type { Answer } from '../../support/broker-http.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { openSessions } from '../../support/opened-sessions.js';
import { type Business, startBusiness } from './business-setting.js';

const SESSIONS = 40;
const KILLS = 2;
/** Between one kill and the next. */
const LIFE_MS = 400;
const RETRY_MS = 20;

describe.each(PROFILES)('a broker killed amid refreshes, on the %s profile', (profile) => {
  let business: Business;
  beforeAll(async () => {
    // Without a grace, so that no session has to wait; a lost answer is to be had all the same.
    business = await startBusiness(profile, {
      COUNTERSIGN_BUSINESS_AUTH__REFRESH_GRACE_SECONDS: '0',
    });
  });
  afterAll(() => business?.stop());

  /** A client as it should be: where an answer is lost it shows the same token again, elsewhere. */
  const refresh = async (refreshToken: string): Promise<Answer> => {
    const clients = [business.web, business.elsewhere];
    for (let n = Math.random() < 0.5 ? 0 : 1; ; n += 1) {
      const answer = await answerOf(clients[n % 2]!, refreshToken);
      if (answer !== undefined && answer.status !== 503) return answer;
      await sleep(RETRY_MS);
    }
  };

  test('leaves no session that nobody can refresh', { timeout: 60_000 }, async () => {
    const { fleet } = business;
    const opened = await openSessions(fleet, SESSIONS);
    const over = new AbortController();
    const refused: string[] = [];
    let count = 0;
    const living = opened.map(async ({ refreshToken }) => {
      let current = refreshToken;
      while (!over.signal.aborted) {
        const answer = await refresh(current);
        if (answer.status !== 200) refused.push(answer.text);
        else current = answer.json<{ refreshToken: string }>().refreshToken;
        count += 1;
      }
      return current;
    });

    for (let n = 0; n < KILLS; n += 1) {
      await sleep(LIFE_MS * (0.5 + Math.random()));
      const victim = fleet.brokers[n % fleet.brokers.length]!;
      await victim.kill();
      await victim.startAgain();
    }
    over.abort();
    const last = await Promise.all(living);

    onTestFinished(({ task }) => void Object.assign(task.meta, { count }));
    expect(refused).toEqual([]);
    expect(count).toBeGreaterThan(SESSIONS * KILLS);
    const answers = await Promise.all(last.map((token) => refresh(token)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await ledgerRows(fleet, "select * from audit_events where subject <> 'web'")).toEqual(
      [],
    );
  });
});

/** Undefined: it was lost. */
function answerOf(client: BusinessClient, refreshToken: string): Promise<Answer | undefined> {
  return client.sendRefresh(refreshToken).catch(() => undefined);
}
