import { expect, test } from 'vitest';
import type { NativeClient } from '../../support/broker-native.js';
import {
  catchUp,
  clientsOf,
  type ClientsSetting,
  issuerNamed,
  issuersOf,
  loginWith,
  newClient,
  newSecret,
} from './clients-setting.js';

const AT_ONCE = 20;

export function concurrencyBehaviour(setting: ClientsSetting): void {
  /** The same at once at both brokers; returns the statuses, sorted. */
  const atOnce = async (
    ask: (operator: NativeClient, n: number) => Promise<{ status: number }>,
  ) => {
    const { first, other } = setting();
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) => ask(n % 2 === 0 ? first : other, n)),
    );
    return answers.map(({ status }) => status).toSorted((a, b) => a - b);
  };
  const oneWins = [201, ...Array.from({ length: AT_ONCE - 1 }, () => 409)];

  test('of twenty clients with one id one is made', async () => {
    const statuses = await atOnce((operator, n) => {
      const path = `/v1/apps/${n % 3 === 0 ? 'tenant' : 'default'}/clients`;
      return operator.send('POST', path, { id: 'wanted', type: 'public', name: `${n}` });
    });

    expect(statuses).toEqual(oneWins);
    const { first } = setting();
    const all = [...(await clientsOf(first)), ...(await clientsOf(first, 'tenant'))];
    expect(all.filter(({ clientId }) => clientId === 'wanted')).toHaveLength(1);
  });

  test('of twenty issuers with one name one is trusted', async () => {
    const statuses = await atOnce((operator, n) =>
      operator.send('POST', '/v1/apps/default/trusted-issuers', {
        ...{ ...issuerNamed(`wanted-${n}`), name: 'wanted' },
      }),
    );

    expect(statuses).toEqual(oneWins);
    const trusted = (await issuersOf(setting().first)).filter(({ name }) => name === 'wanted');
    expect(trusted).toHaveLength(1);
  });

  test('of twenty secrets made at once the last two are good', async () => {
    const { first, other } = setting();
    await newClient(first, { id: 'busy', type: 'confidential' });
    const secrets: string[] = [];
    await atOnce(async (operator) => {
      secrets.push(await newSecret(operator, 'busy'));
      return { status: 201 };
    });

    expect(new Set(secrets).size).toBe(AT_ONCE);
    await catchUp(other);
    const logins = await Promise.all(secrets.map((secret) => loginWith(other, 'busy', secret)));
    expect(logins.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  test('removed twenty times at once, a client is removed once', async () => {
    const { first } = setting();
    await newClient(first, { id: 'doomed', type: 'public' });

    const statuses = await atOnce((operator) =>
      operator.send('DELETE', '/v1/apps/default/clients/doomed'),
    );

    expect(new Set(statuses)).toEqual(new Set([204]));
    const record = await first.send('GET', '/v1/audit?subject=doomed');
    const { events } = record.json<{ events: { type: string }[] }>();
    expect(events.filter(({ type }) => type === 'client.removed')).toHaveLength(1);
  });
}
