import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LedgerClock } from '../../../business-auth/ledger-clock.js';
import type { BusinessCaller } from '../../../business-auth/tokens/business-caller.js';
import { CheckAccessToken } from '../../../business-auth/tokens/check-access-token.js';
import { BrokerError } from '../../../common/errors.js';
import { CONFIG, type Config } from '../../../config/config.js';
import { DpopKeys } from '../../dpop.js';

interface BusinessRequest extends FastifyRequest {
  person?: BusinessCaller;
}

const FRESH = 'fresh-proof';
const AUTHORIZATION = /^(Bearer|DPoP) +([\w.~+/=-]+) *$/i;

/** The request must show a business access token, bound ones together with their key. */
@Injectable()
export class BusinessGuard implements CanActivate {
  constructor(
    private readonly tokens: CheckAccessToken,
    private readonly dpop: DpopKeys,
    private readonly reflector: Reflector,
    private readonly clock: LedgerClock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BusinessRequest>();
    const [, scheme, token] = AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
    if (scheme === undefined || token === undefined) {
      throw new BrokerError('missing_token', 'the header Authorization must hold an access token');
    }
    const proof = await this.dpop.read(request, token);
    const person = await this.tokens.check(token, proof.jkt);
    requireScheme(scheme, person);
    await proof.spend();
    if (this.reflector.get<boolean | undefined>(FRESH, context.getHandler()) === true) {
      person.requireFreshProof(this.clock.nowSeconds(), this.config.stepUp.maxAgeSeconds);
    }
    request.person = person;
    return true;
  }
}

/** A bound token is no Bearer token (RFC 9449 §7.2), and one that is not bound proves no key. */
function requireScheme(scheme: string, { claims }: BusinessCaller): void {
  const isShownAsBound = scheme.toLowerCase() === 'dpop';
  if (isShownAsBound === (claims.cnf !== undefined)) return;
  throw new BrokerError(
    'invalid_dpop_proof',
    isShownAsBound
      ? 'the token is bound to no key: its scheme is Bearer'
      : 'the token is bound to a key: its scheme is DPoP',
  );
}

/** A call that wants a business access token. */
export const BusinessCall = () =>
  applyDecorators(UseGuards(BusinessGuard), ApiBearerAuth('business'));

/** The same for a sensitive call: its person must have been proven lately (RFC 9470). */
export const FreshBusinessCall = () => applyDecorators(SetMetadata(FRESH, true), BusinessCall());

/** Who calls; only on a {@link BusinessCall}. */
export const Person = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { person } = context.switchToHttp().getRequest<BusinessRequest>();
  if (person === undefined) throw new BrokerError('internal', 'the call has no guard');
  return person;
});
