import { BusinessClient, PASSWORD } from '../../support/broker-business.js';
import type { Fleet } from '../../support/broker-fleet.js';
import { expected, NativeClient } from '../../support/broker-native.js';

/** What the tests of this folder share, once it has been started. */
export interface ClientsOfApps {
  readonly fleet: Fleet;
  /** The operator at the first broker. */
  readonly first: NativeClient;
  /** The operator at another broker, where there is one. */
  readonly other: NativeClient;
  /** The admin of the app `tenant`, with every scope that it may have. */
  readonly tenant: NativeClient;
}

export type ClientsSetting = () => ClientsOfApps;

/** A client as `/v1/apps/{appId}/clients` shows it. */
export interface ShownClient {
  readonly clientId: string;
  readonly appId: string;
  readonly name: string;
  readonly type: string;
  readonly requiresDpop: boolean;
  readonly validSecrets: number;
  readonly createdAt: string;
  readonly removedAt: string | null;
  readonly clientSecret?: string;
}

/** A trusted issuer as `/v1/apps/{appId}/trusted-issuers` shows it. */
export interface ShownIssuer {
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  readonly userIdClaim: string;
  readonly userIdTemplate: string;
  readonly createdAt: string;
  readonly removedAt: string | null;
}

/** An event as `/v1/audit` shows it. */
export interface ShownEvent {
  readonly id: string;
  readonly appId: string;
  readonly at: string;
  readonly type: string;
  readonly security: boolean;
  readonly actor: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const pathOf = (appId: string) => `/v1/apps/${appId}/clients`;

/** Makes a client; throws where that is refused. */
export async function newClient(
  operator: NativeClient,
  body: object,
  appId = 'default',
): Promise<ShownClient> {
  return expected<ShownClient>(201, await operator.send('POST', pathOf(appId), body));
}

/** Returns another secret of a client. */
export async function newSecret(operator: NativeClient, clientId: string): Promise<string> {
  const answer = await operator.send('POST', `${pathOf('default')}/${clientId}/secrets`);
  return expected<{ clientSecret: string }>(201, answer).clientSecret;
}

export async function removeClient(operator: NativeClient, clientId: string): Promise<void> {
  expected204(await operator.send('DELETE', `${pathOf('default')}/${clientId}`));
}

/**
 * Has a broker take in what others have changed, which it otherwise does milliseconds later: it
 * reads the feed before it says of a client that there is none.
 */
export async function catchUp(operator: NativeClient): Promise<void> {
  await loginWith(operator, 'no-such-client');
}

export async function clientsOf(
  operator: NativeClient,
  appId = 'default',
): Promise<readonly ShownClient[]> {
  await catchUp(operator);
  const answer = await operator.send('GET', pathOf(appId));
  return expected<{ clients: ShownClient[] }>(200, answer).clients;
}

export async function issuersOf(
  operator: NativeClient,
  appId = 'default',
): Promise<readonly ShownIssuer[]> {
  await catchUp(operator);
  const answer = await operator.send('GET', `/v1/apps/${appId}/trusted-issuers`);
  return expected<{ trustedIssuers: ShownIssuer[] }>(200, answer).trustedIssuers;
}

export async function newIssuer(
  operator: NativeClient,
  body: object,
  appId = 'default',
): Promise<ShownIssuer> {
  const answer = await operator.send('POST', `/v1/apps/${appId}/trusted-issuers`, body);
  return expected<ShownIssuer>(201, answer);
}

/** A body that makes a trusted issuer of this name. */
export function issuerNamed(name: string) {
  const issuer = `https://${name}.example`;
  return { name, issuer, jwksUrl: `${issuer}/jwks`, audience: 'chat' };
}

/** How somebody's login with a client is answered: HTTP status, problem's code and detail. */
export async function loginWith(
  { url }: NativeClient,
  clientId: string,
  clientSecret?: string,
): Promise<{ readonly status: number; readonly code?: string; readonly detail?: string }> {
  const secret = clientSecret === undefined ? {} : { clientSecret };
  const client = new BusinessClient(url, { clientId, ...secret });
  const answer = await client.sendLogin({ username: LOGIN_NAME, password: PASSWORD });
  const { code, detail } = answer.json<{ code?: string; detail?: string }>();
  return { status: answer.status, ...(code === undefined ? {} : { code, detail: detail ?? '' }) };
}

/** Who is registered in the app `default`. */
export const LOGIN_NAME = 'loginlouise';

function expected204({ status, text }: { status: number; text: string }): void {
  if (status !== 204) throw new Error(`HTTP ${status}: ${text}`);
}
