import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { BusinessClient, PASSWORD, type Tokens } from '../../support/broker-business.js';
import { type Fleet, type Profile, type Settings, startFleet } from '../../support/broker-fleet.js';
import { NativeClient } from '../../support/broker-native.js';
import { adminToken } from '../../support/broker-oauth2.js';
import { OpenimClient } from '../../support/broker-openim.js';

/** What the tests of this folder share, once it has been started. */
export interface Business {
  readonly fleet: Fleet;
  /** The client `web` at the first broker. */
  readonly web: BusinessClient;
  /** The same at another broker, where there is one. */
  readonly elsewhere: BusinessClient;
  /** The operator at each broker. */
  readonly operators: readonly NativeClient[];
  /** Callers of IM at each broker. */
  readonly im: readonly OpenimClient[];
  stop(): Promise<void>;
}

export type BusinessSetting = () => Business;

/** Hashing that costs next to nothing, and no limits: for tests that are about neither. */
const CHEAP: Settings = {
  COUNTERSIGN_BUSINESS_AUTH__ARGON2_MEMORY_KIB: '8192',
  COUNTERSIGN_BUSINESS_AUTH__ARGON2_ITERATIONS: '1',
  COUNTERSIGN_RATE_LIMITS__ENABLED: 'false',
};

export async function startBusiness(profile: Profile, settings: Settings = {}): Promise<Business> {
  const fleet = await startFleet(profile, { ...CHEAP, ...settings });
  const token = await adminToken(fleet.first.url, fleet.appSecret);
  const web = new BusinessClient(fleet.first.url, { publicUrl: fleet.issuer });
  return {
    fleet,
    web,
    elsewhere: web.at(fleet.other.url),
    operators: fleet.brokers.map(({ url }) => new NativeClient(url, token)),
    im: fleet.brokers.map(({ url }) => new OpenimClient(url)),
    stop: () => fleet.stop(),
  };
}

let accounts = 0;

/** A name that nobody has yet. */
export function newName(what = 'person'): string {
  accounts += 1;
  return `${what}${accounts}x${process.pid}`;
}

/** Registers somebody and logs them in. */
export async function newPerson(
  client: BusinessClient,
  what?: string,
): Promise<{ readonly username: string; readonly tokens: Tokens }> {
  const username = newName(what);
  await client.register({ username, password: PASSWORD });
  return { username, tokens: await client.logIn({ username, password: PASSWORD }) };
}

/** Gives a person an authenticator app; of its three codes of now one is spent. */
export async function addTotp(
  client: BusinessClient,
  { accessToken }: Tokens,
): Promise<{ readonly app: AuthenticatorApp; readonly recoveryCodes: readonly string[] }> {
  const app = new AuthenticatorApp(await client.offerTotp(accessToken));
  return { app, recoveryCodes: await client.confirmTotp(accessToken, await app.next()) };
}

/** What every broker says of a user token: the codes of `parse_token`, without repetition. */
export async function codesOf({ im }: Business, token: string): Promise<readonly number[]> {
  return [...new Set(await Promise.all(im.map((caller) => caller.codeOf(token))))];
}

/** What every broker's inspection says of a user token, without repetition. */
export async function statusesOf(
  { operators }: Business,
  token: string,
): Promise<readonly string[]> {
  const inspected = await Promise.all(operators.map((operator) => operator.inspect(token)));
  return [...new Set(inspected.map(({ status }) => status))];
}
