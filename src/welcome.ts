import type { Config } from './config/config.js';

/**
 * What the first start prints, once: the secret that was generated and, ready to paste, the calls
 * that mint and check a first user token.
 */
export function welcome({ server, app }: Config, appSecret: string, path: string): string {
  const url = `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
  const admin = app.adminUserIds[0] ?? 'imAdmin';
  return `
The app "default" was created. Its secret, shown this once and kept in ${path}:

  ${appSecret}

Mint a first user token, and check it (paste into a shell):

  ADMIN=$(printf '%s' '{"secret":"${appSecret}","userID":"${admin}"}' |
    curl -s ${url}/auth/get_admin_token -H 'operationID: 1' -d @- | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  TOKEN=$(curl -s ${url}/auth/get_user_token -H 'operationID: 2' -H "token: $ADMIN" \\
    -d '{"platformID":1,"userID":"alice"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  curl -s ${url}/auth/parse_token -H 'operationID: 3' -d "{\\"token\\":\\"$TOKEN\\"}"

The calls in full: ${url}/docs

`;
}
