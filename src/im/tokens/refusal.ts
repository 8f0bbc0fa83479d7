import { BrokerError, type TokenRefusal } from '../../common/errors.js';

const DETAILS: Readonly<Record<TokenRefusal, string>> = {
  malformed: 'the token is not one of ours by its form',
  unknown_key: 'the token names a key that does not exist',
  bad_signature: 'the signature of the token is wrong',
  wrong_app: 'the token belongs to another app',
  expired: 'the token has expired',
  key_revoked: 'the key that signed the token was revoked',
  unknown_session: 'the session of the token does not exist',
  revoked: 'the token was revoked',
  kicked: 'the session was kicked by a newer login',
  replaced: 'the same device has logged in again',
  business_session_ended: 'the login that the token came from has ended',
  user_suspended: 'the user is suspended',
  superseded: 'the token carries an old role; renew it',
};

/** The error for a token that was refused. */
export function refusal(status: TokenRefusal): BrokerError {
  return new BrokerError(`token_${status}`, DETAILS[status]);
}
