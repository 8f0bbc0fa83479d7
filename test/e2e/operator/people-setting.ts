import type { Answer } from '../../support/broker-http.js';
import { expected, NativeClient } from '../../support/broker-native.js';
import { type CliExit, cliJson, runCli } from '../../support/cli.js';
import type { Business, BusinessSetting } from '../business/business-setting.js';

/** An account as the commands show it. */
export interface ShownAccount {
  readonly userId: string;
  readonly username: string;
  readonly status: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly secondFactors: readonly string[];
  readonly scopes: readonly string[];
  readonly createdAt: string;
}

/** An event as `GET /v1/audit` and `audit list` show it. */
export interface ShownEvent {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly security: boolean;
  readonly actor: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** The operator's commands beside the brokers of a setting. */
export class OperatorShell {
  constructor(private readonly setting: BusinessSetting) {}

  run(...words: readonly (string | { readonly input: string })[]): Promise<CliExit> {
    return runCli(this.setting().fleet.settings, ...words);
  }

  /** What a command printed; throws where it failed. */
  json<T = ShownAccount>(...words: readonly string[]): Promise<T> {
    return cliJson<T>(this.setting().fleet.settings, ...words);
  }

  register(username: string, password: string, ...options: readonly string[]): Promise<CliExit> {
    return this.run({ input: `${password}\n` }, 'accounts', 'register', username, ...options);
  }
}

export function sendForAdminToken(
  { web }: Business,
  accessToken: string,
  scope: string,
): Promise<Answer> {
  return web.send('POST', '/v1/me/admin-token', { scope }, accessToken);
}

/** A person as an operator, at every broker. */
export async function operatorInPerson(
  business: Business,
  accessToken: string,
  scope: string,
): Promise<readonly NativeClient[]> {
  const answer = await sendForAdminToken(business, accessToken, scope);
  const { token } = expected<{ token: string }>(201, answer);
  return business.fleet.brokers.map(({ url }) => new NativeClient(url, token));
}
