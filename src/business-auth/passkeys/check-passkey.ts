import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import { BrokerError } from '../../common/errors.js';
import type { AccountRecord, Passkey } from '../../ports/account-record.js';
import type { RightCode } from '../totp/check-code.js';
import type { RelyingParty } from './relying-party.js';

/** How strongly an authenticator must have made sure of its user (WebAuthn §5.8.6). */
export type Verification = 'required' | 'preferred';

/** Asks for passkeys and checks what they answer (WebAuthn Level 3, §7.2). */
export class CheckPasskey {
  constructor(private readonly relyingParty: RelyingParty) {}

  /** What a browser needs to ask for one of these; none: for any that it knows. */
  options(
    challenge: string,
    passkeys: readonly Passkey[],
    userVerification: Verification,
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: this.relyingParty.id,
      challenge: Buffer.from(challenge, 'base64url'),
      userVerification,
      allowCredentials: passkeys.map(({ id }) => ({ id })),
    });
  }

  /** Throws `invalid_code` for whatever is wrong with the answer. `now` in Unix seconds. */
  async check(
    account: AccountRecord,
    credential: unknown,
    challenge: string,
    userVerification: Verification,
    now: number,
  ): Promise<RightCode> {
    const response = credential as AuthenticationResponseJSON;
    const passkey = account.passkeys.find(({ id }) => id === response.id);
    if (passkey === undefined) throw wrong();
    const counter = await this.#verified(passkey, response, challenge, userVerification);
    return {
      method: 'hwk',
      spend: (current) => withCounter(current, passkey, counter, now),
    };
  }

  async #verified(
    { id, publicKey, counter }: Passkey,
    response: AuthenticationResponseJSON,
    challenge: string,
    userVerification: Verification,
  ): Promise<number> {
    const { id: rpId, origins } = this.relyingParty;
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        requireUserVerification: userVerification === 'required',
        credential: {
          id,
          publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
          counter,
        },
      });
      if (verified) return authenticationInfo.newCounter;
    } catch (cause) {
      throw wrong(cause);
    }
    throw wrong();
  }
}

/** A counter that does not rise tells of a copy (WebAuthn §6.1.1); zero: it has none. */
function withCounter(
  account: AccountRecord,
  { id }: Passkey,
  counter: number,
  now: number,
): AccountRecord {
  const current = account.passkeys.find((one) => one.id === id);
  if (current === undefined) throw wrong();
  if (counter !== 0 && counter <= current.counter) throw wrong();
  const used = { ...current, counter, lastUsedAt: now };
  return { ...account, passkeys: account.passkeys.map((one) => (one.id === id ? used : one)) };
}

function wrong(cause?: unknown): BrokerError {
  return new BrokerError('invalid_code', 'the passkey was not proven', { cause });
}
