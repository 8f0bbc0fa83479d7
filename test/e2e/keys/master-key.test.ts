import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, PROFILES, startFleet } from '../../support/broker-fleet.js';
import { BrokerProcess } from '../../support/broker-process.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { cliJson, runCli } from '../../support/cli.js';
import { ledgerRows } from '../../support/ledger-rows.js';
import { operatorOf } from './keys-setting.js';

const newKey = (): string => randomBytes(32).toString('base64');

describe.each(PROFILES)('the master key, on the %s profile', (profile) => {
  let fleet: Fleet;
  let tokens: string[];
  const next = newKey();
  beforeAll(async () => {
    fleet = await startFleet(profile);
    const operator = await operatorOf(fleet);
    const { secret } = await operator.createApp('hmac-at-rest', {
      algorithm: 'HS256',
      adminUserIds: ['boss'],
    });
    const im = new OpenimClient(fleet.first.url);
    const tenant = new OpenimClient(fleet.first.url, '/apps/hmac-at-rest');
    tokens = [
      await im.mint(await im.admin(fleet.appSecret), 'user', 1),
      await tenant.mint(await tenant.admin(secret.secret, 'boss'), 'user', 1),
    ];
  });
  afterAll(() => fleet?.stop());

  async function expectGood(): Promise<void> {
    for (const { url } of fleet.brokers) {
      expect(await new OpenimClient(url).codeOf(tokens[0] ?? '')).toBe(0);
      expect(await new OpenimClient(url, '/apps/hmac-at-rest').codeOf(tokens[1] ?? '')).toBe(0);
    }
  }

  /** One broker after the other, as an upgrade does it. */
  async function rollOut(current: string, previous?: string): Promise<void> {
    const changes = {
      COUNTERSIGN_MASTER_KEY: current,
      ...(previous === undefined ? {} : { COUNTERSIGN_MASTER_KEY_PREVIOUS: previous }),
    };
    for (const broker of fleet.brokers) {
      await broker.stop();
      await broker.startAgain(changes);
      await (await operatorOf(fleet)).rotateKeys({ force: true });
      await expectGood();
    }
  }

  const sealed = () => ledgerRows(fleet, 'select id, sealed_private from signing_keys order by id');
  const everything = async () =>
    JSON.stringify([
      await sealed(),
      await ledgerRows(fleet, 'select * from app_secrets order by id'),
      await ledgerRows(fleet, 'select * from issuers order by url'),
      await ledgerRows(fleet, 'select * from apps order by id'),
    ]);

  test('a wrong one stops the start, says why, and changes nothing', async () => {
    const before = await everything();
    const wrong = {
      ...fleet.settings,
      COUNTERSIGN_MASTER_KEY: newKey(),
      COUNTERSIGN_APP_SECRET: randomBytes(32).toString('hex'),
      PUBLIC_URL: 'http://somewhere.else',
    };
    const exit = await BrokerProcess.runToEnd(wrong);

    expect(exit.code).toBe(1);
    expect(exit.output).toMatch(/Signing key [\w-]+ of ring \S+ can't be opened/);
    expect(exit.output).toMatch(/wrapped by the master key [\w-]{11}; held here: [\w-]{11}\./);
    expect(exit.output).toContain('COUNTERSIGN_MASTER_KEY');
    expect(exit.output).not.toContain(wrong.COUNTERSIGN_MASTER_KEY);
    const command = await runCli(wrong, 'master-key', 'rotate');
    expect(command.code).toBe(1);
    expect(command.stderr).toMatch(/can't be opened/);
    expect(await everything()).toBe(before);
    await expectGood();
  });

  test('is changed while brokers serve, one after the other, and no token notices', async () => {
    const current = fleet.settings['COUNTERSIGN_MASTER_KEY'] ?? expect.fail();
    await rollOut(current, next);
    await rollOut(next, current);
    const settings = {
      ...fleet.settings,
      COUNTERSIGN_MASTER_KEY: next,
      COUNTERSIGN_MASTER_KEY_PREVIOUS: current,
    };
    const before = await sealed();
    const outcome = await cliJson<{ keysEncryptedAnew: number }>(settings, 'master-key', 'rotate');

    const after = await sealed();
    const held = after.filter((row) => row['sealed_private'] !== '');
    expect(outcome.keysEncryptedAnew).toBe(held.length);
    expect(held.length).toBeGreaterThanOrEqual(4);
    for (const [index, row] of after.entries()) {
      const [bodyBefore, bodyAfter] = [before[index], row].map((each) =>
        String(each?.['sealed_private']).split('.').slice(0, 2).join('.'),
      );
      expect(bodyAfter).toBe(bodyBefore);
    }
    await expectGood();
  });

  test('then the previous one is of no use and of no need', async () => {
    const settings = { ...fleet.settings, COUNTERSIGN_MASTER_KEY: next };
    for (const broker of fleet.brokers) await broker.stop();
    const exit = await BrokerProcess.runToEnd(fleet.settings);
    expect(exit.code).toBe(1);

    const listed = await runCli(settings, 'keys', 'list');
    expect(listed.code).toBe(0);
    const again = { COUNTERSIGN_MASTER_KEY: next, COUNTERSIGN_MASTER_KEY_PREVIOUS: newKey() };
    for (const broker of fleet.brokers) await broker.startAgain(again);
    await expectGood();
  });
});
