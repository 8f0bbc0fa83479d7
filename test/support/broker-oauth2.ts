import { type Answer, send } from './broker-http.js';

export interface GrantedToken {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
}

export interface OAuthError {
  readonly error: string;
  readonly error_description: string;
}

/** `POST /oauth2/token` with the app's id and secret by HTTP Basic, as RFC 6749 §4.4 has it. */
export function requestToken(
  url: string,
  appId: string,
  secret: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const basic = Buffer.from(`${appId}:${secret}`, 'utf8').toString('base64');
  return postForm(
    url,
    { grant_type: 'client_credentials', ...parameters },
    { Authorization: `Basic ${basic}` },
  );
}

/** `POST /oauth2/token` with any form. */
export function postForm(
  url: string,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return send(`${url}/oauth2/token`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(parameters).toString(),
  });
}

/** An admin token, for tests that are about something else. */
export async function adminToken(
  url: string,
  secret: string,
  appId = 'default',
  scope?: string,
): Promise<string> {
  const parameters = scope === undefined ? {} : { scope };
  const answer = await requestToken(url, appId, secret, parameters);
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
  return answer.json<GrantedToken>().access_token;
}
