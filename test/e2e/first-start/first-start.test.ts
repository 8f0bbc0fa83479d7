import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerProcess } from '../../support/broker-process.js';
import { OpenimClient } from '../../support/broker-openim.js';
import { temporaryDirectory } from '../../support/server-process.js';

describe('the first start, with nothing set', () => {
  let directory: string;
  let data: string;
  let broker: BrokerProcess;
  let printed: string;
  beforeAll(async () => {
    directory = await temporaryDirectory('first-start');
    data = join(directory, 'data');
    broker = await BrokerProcess.start({ settings: { DATA_DIR: data } });
    printed = await outputWith(broker, '/docs');
  });
  afterAll(async () => {
    await broker?.kill();
    await rm(directory, { recursive: true, force: true });
  });

  const secret = async () => (await readFile(join(data, 'app-secret'), 'utf8')).trim();

  test('prints the secret that it generated and where it is kept', async () => {
    expect(await secret()).toMatch(/^[\w-]{43}$/);
    expect(printed).toContain(await secret());
    expect(printed).toContain(join(data, 'app-secret'));
  });

  test('prints calls that, pasted into a shell, mint a token and check it', async () => {
    const indented = printed.split('\n').filter((line) => /^ {2}\s*\S/.test(line));
    const script = indented.slice(indented.findIndex((line) => line.includes('ADMIN=')));
    expect(script.length).toBeGreaterThan(2);
    const { stdout } = await promisify(execFile)('bash', ['-c', script.join('\n')]);

    expect(JSON.parse(stdout)).toMatchObject({
      errCode: 0,
      data: { userID: 'alice', platformID: 1 },
    });
  });

  test('keeps what it generated where only its owner can read it', async () => {
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    const files = await readdir(data);

    expect(await modeOf(data)).toBe('700');
    expect(files).toEqual(expect.arrayContaining(['app-secret', 'master-key', 'ledger.sqlite']));
    for (const file of files) expect([file, await modeOf(join(data, file))]).toEqual([file, '600']);
  });

  test('keeps no secret, no private key and no token in clear in the ledger', async () => {
    const im = new OpenimClient(broker.url);
    const admin = await im.admin(await secret());
    const token = await im.mint(admin, 'not in the ledger');
    const masterKey = (await readFile(join(data, 'master-key'), 'utf8')).trim();
    const files = (await readdir(data)).filter((file) => file.startsWith('ledger'));
    const bytes = await Promise.all(files.map((file) => readFile(join(data, file))));
    const ledger = Buffer.concat(bytes);

    expect(ledger.includes('not in the ledger')).toBe(true);
    for (const inClear of [await secret(), masterKey, token, admin, '"d":"', 'PRIVATE KEY']) {
      expect(ledger.includes(inClear)).toBe(false);
    }
    expect(ledger.includes(Buffer.from(masterKey, 'base64'))).toBe(false);
  });

  test('the second start prints nothing secret, and the first one’s tokens work', async () => {
    const im = new OpenimClient(broker.url);
    const admin = await im.admin(await secret());
    const token = await im.mint(admin, 'over the restart');
    await broker.stop();
    await broker.startAgain();

    expect(await im.codeOf(token)).toBe(0);
    expect((await im.getUserToken(admin, 'over the restart', 2)).errCode).toBe(0);
    expect((await im.getAdminToken(await secret())).errCode).toBe(0);
    expect(broker.output).toContain('Countersign is serving');
    expect(broker.output).not.toContain(await secret());
    expect(broker.output).not.toContain('secret');
  });

  test('the secret is not among what other users of the machine see of the process', async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(broker.pid)]);

    expect(stdout).toContain('main.js');
    expect(stdout).not.toContain(await secret());
  });

  test('another master key cannot open the ledger: the start says so and stops', async () => {
    await broker.stop();
    const other = Buffer.alloc(32, 7).toString('base64');
    const exit = await BrokerProcess.runToEnd({ DATA_DIR: data, COUNTERSIGN_MASTER_KEY: other });

    expect(exit.code).toBe(1);
    expect(exit.output).toMatch(/master key/);
    expect(exit.output).not.toContain(other);
    await broker.startAgain();
  });
});

/** Waits until the broker has printed what comes last. */
async function outputWith(broker: BrokerProcess, text: string): Promise<string> {
  const deadline = performance.now() + 5000;
  while (!broker.output.includes(text) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return broker.output;
}
