import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CheckFederatedToken } from '../../../business-auth/federation/check-federated-token.js';
import {
  ACCESS_TOKEN_TYPE,
  appOfAudience,
} from '../../../business-auth/tokens/access-token-claims.js';
import { CheckAccessToken } from '../../../business-auth/tokens/check-access-token.js';
import { Guessing } from '../../../business-auth/guessing/guessing.js';
import { BrokerError } from '../../../common/errors.js';
import type { Principal } from '../../../contracts/principal.js';
import { ExchangeForImToken } from '../../../exchange/exchange-for-im-token.js';
import { parseJws } from '../../../keys/parse-jws.js';
import { DpopKeys } from '../../dpop.js';
import { deviceId, platformId, scope } from '../../v1/fields.js';
import { validated } from '../../validation.js';
import { AppsAndClients, type AppOrClient } from '../apps-and-clients.js';
import { type TokenAnswer, TokenGrant, type TokenRequest } from '../token-grant.js';

/** What the exchange issues: a user token. */
export const IM_TOKEN_TYPE = 'urn:countersign:token-type:im';

/** What it takes (RFC 8693 §3). */
const SUBJECT_TYPES = [
  'urn:ietf:params:oauth:token-type:access_token',
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:jwt',
];

/** The fields that native calls have, too, under the names that a form gives them. */
const Fields = z.object({
  platform_id: z
    .string('is missing')
    .regex(/^\d{1,2}$/, 'must be a platform id from 1 to 11')
    .transform(Number)
    .pipe(platformId),
  device_id: deviceId.optional(),
});

/**
 * Token exchange (RFC 8693): a business access token, ours or a trusted issuer's, gets a user
 * token of the IM user that its person is.
 */
@Injectable()
export class TokenExchangeGrant extends TokenGrant {
  override readonly type = 'urn:ietf:params:oauth:grant-type:token-exchange';

  constructor(
    private readonly callers: AppsAndClients,
    private readonly own: CheckAccessToken,
    private readonly federated: CheckFederatedToken,
    private readonly dpop: DpopKeys,
    private readonly exchanging: ExchangeForImToken,
    private readonly limits: Guessing,
  ) {
    super();
  }

  override async grant(request: FastifyRequest, body: TokenRequest): Promise<TokenAnswer> {
    const caller = await this.callers.authenticate(request, body, 'im:tokens:mint');
    const token = requireSubject(body);
    requireTarget(body, caller.appId);
    const words = scopeOf(body);
    const { platform_id, device_id: device = '' } = validated(Fields, body);
    const person = await this.#person(request, caller, token);
    const wanted = { platformId: platform_id, deviceId: device };
    const asked = words === undefined ? wanted : { ...wanted, scope: words };
    const askedBy = caller.clientId === undefined ? 'app' : 'person';
    if (askedBy === 'person') await this.#limit(person);
    const minted = await this.exchanging.exchange(person, asked, askedBy).catch(asGrant);
    return {
      access_token: minted.token,
      issued_token_type: IM_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: minted.expiresIn,
      scope: minted.session.scope,
      session_id: minted.session.id,
      user_id: minted.userId,
      kicked: minted.kicked.map(({ sessionId }) => sessionId),
    };
  }

  async #limit({ appId, business }: Principal): Promise<void> {
    if (business !== undefined) await this.limits.exchange({ appId, ...business });
  }

  async #person(request: FastifyRequest, caller: AppOrClient, token: string): Promise<Principal> {
    if (!isOurs(token)) {
      // No client of ours got it, so only the app itself may show it.
      if (caller.clientId !== undefined) throw notIssuedTo();
      return this.federated.check(caller.appId, token);
    }
    const proof = await this.dpop.read(request);
    const { principal } = await this.own.check(token, proof.jkt).catch(asGrant);
    await proof.spend();
    if (principal.appId !== caller.appId) throw notIssuedTo();
    if (caller.clientId !== undefined && caller.clientId !== principal.clientId)
      throw notIssuedTo();
    return principal;
  }
}

function requireSubject(body: TokenRequest): string {
  const { subject_token: token, subject_token_type: type, requested_token_type: wanted } = body;
  if (body.actor_token !== undefined || body.actor_token_type !== undefined) {
    throw new BrokerError('invalid_request', 'actor_token: delegation is not supported');
  }
  if (token === undefined || token === '') {
    throw new BrokerError('invalid_request', 'subject_token: is missing');
  }
  if (type === undefined || !SUBJECT_TYPES.includes(type)) {
    const allowed = SUBJECT_TYPES.join(', ');
    throw new BrokerError('invalid_request', `subject_token_type: must be one of ${allowed}`);
  }
  if (wanted !== undefined && wanted !== IM_TOKEN_TYPE) {
    throw new BrokerError('invalid_request', `requested_token_type: must be ${IM_TOKEN_TYPE}`);
  }
  return token;
}

/** A user token is for its app, which is its `aud`; for nothing else is one to be had (§2.2.2). */
function requireTarget({ audience = [], resource = [] }: TokenRequest, appId: string): void {
  const others = [audience].flat().filter((name) => name !== appId);
  if (others.length === 0 && [resource].flat().length === 0) return;
  throw new BrokerError('invalid_target', `audience can only be ${appId}, and resource nothing`);
}

function scopeOf({ scope: words }: TokenRequest): string | undefined {
  if (words === undefined || scope.safeParse(words).success) return words;
  throw new BrokerError('invalid_scope', 'scope must be words separated by single spaces');
}

/**
 * Whether a token says that it is a business access token of ours; whether it is, is checked. Its
 * `typ` alone says nothing: that is every issuer's who follows RFC 9068.
 */
function isOurs(token: string): boolean {
  const parsed = parseJws(token);
  if (parsed?.header.typ !== ACCESS_TOKEN_TYPE) return false;
  const { aud } = parsed.claims;
  return typeof aud === 'string' && appOfAudience(aud) !== undefined;
}

/** A subject token that does not work is a wrong grant, not a wrong Bearer token. */
function asGrant(error: unknown): never {
  if (!(error instanceof BrokerError) || !error.code.startsWith('token_')) throw error;
  throw new BrokerError('invalid_grant', error.detail, { cause: error });
}

function notIssuedTo(): BrokerError {
  return new BrokerError('invalid_grant', 'the subject token was not issued to the caller');
}
