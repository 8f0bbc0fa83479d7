import { send } from '../../support/broker-http.js';

const PERSON = {
  username: 'somebody',
  password: 'nine purple otters juggle 17 lanterns',
  clientId: 'web',
};

/** A business access token of a person who has just registered. */
export async function personToken(url: string): Promise<string> {
  const post = (path: string) =>
    send(url + path, { headers: { 'content-type': 'application/json' }, body: PERSON });
  await post('/v1/auth/register');
  return (await post('/v1/auth/login')).json<{ accessToken: string }>().accessToken;
}
