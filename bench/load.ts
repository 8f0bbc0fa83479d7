import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BusinessServer } from './load/business-server.js';
import { runLoad } from './load/run-load.js';
import { scenario, SCENARIOS } from './load/scenarios.js';

/*
 * One load against one broker that somebody else started, such as one under a profiler:
 *
 *   node .tmp/bench/bench/load.js --url http://127.0.0.1:3000 --scenario mint --seconds 5
 *
 * The app secret comes from COUNTERSIGN_APP_SECRET, else from the file that --secret-file names.
 */

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    scenario: { type: 'string', default: 'mint-openim' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    users: { type: 'string', default: '20000' },
    'secret-file': { type: 'string', default: 'data/app-secret' },
  },
});

const name = SCENARIOS.find((known) => `${known}-`.startsWith(`${values.scenario}-`));
if (name === undefined) throw new Error(`--scenario is one of ${SCENARIOS.join(', ')}`);
const { host } = new URL(values.url);
const [users, connections] = [Number(values.users), Number(values.connections)];
const secret =
  process.env['COUNTERSIGN_APP_SECRET'] ?? readFileSync(values['secret-file'], 'utf8').trim();

const server = new BusinessServer(host);
const adminToken = await server.adminToken(secret);
const tokens = name === 'mint-new' ? [] : await server.mintMembers(adminToken, 0, users);
// Newcomers of another run are members by now.
const already = name === 'mint-new' ? Math.floor(Date.now() / 10) % 900_000_000 : 0;
const context = { host, adminToken, connections, users, tokens, already };
const before = process.cpuUsage();
const result = await runLoad(scenario(name, context), {
  host,
  connections,
  seconds: Number(values.seconds),
});
const { user, system } = process.cpuUsage(before);
console.log(
  `${name}: ${Math.round(result.operations / result.seconds)}/s, ` +
    `p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms; ` +
    `the load took ${((user + system) / 1e6 / result.seconds).toFixed(2)} cores`,
);
