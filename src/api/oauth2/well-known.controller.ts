import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DPOP_ALGORITHMS } from '../../business-auth/dpop/check-dpop-proof.js';
import { CONFIG, type Config } from '../../config/config.js';
import { grantableScopes, DEFAULT_APP_ID } from '../../im/scopes.js';
import { KeyView } from '../../keys/key-view.js';
import { LedgerTrust } from '../../ledger/ledger-trust.js';

/** What anyone may know, to verify tokens and to find the calls. */
@ApiTags('oauth2')
@Controller('.well-known')
export class WellKnownController {
  constructor(
    private readonly keys: KeyView,
    private readonly trust: LedgerTrust,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * RFC 7517. A broker that does not know whether its keys are current gives none: another one may
   * have killed a key meanwhile.
   */
  @Get('jwks.json')
  @ApiOperation({ summary: 'The public keys that verify ES256 tokens' })
  async jwks(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') known?: string,
  ) {
    if (!this.trust.isFresh()) await this.trust.renew();
    const tag = this.keys.jwksTag();
    const maxAge = jwksMaxAge(this.config.keys.prepublishSeconds);
    void reply.header('etag', tag).header('cache-control', `public, max-age=${maxAge}`);
    if (isKnown(tag, known)) {
      void reply.status(304);
      return undefined;
    }
    return this.keys.jwks();
  }

  /** RFC 8414 §2. */
  @Get('oauth-authorization-server')
  @Header('cache-control', 'public, max-age=60')
  @ApiOperation({ summary: 'Where the OAuth 2.0 calls are' })
  metadata() {
    const issuer = this.config.server.publicUrl;
    return {
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      introspection_endpoint: `${issuer}/oauth2/introspect`,
      revocation_endpoint: `${issuer}/oauth2/revoke`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: [
        'client_credentials',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
      scopes_supported: grantableScopes(DEFAULT_APP_ID),
      response_types_supported: [],
    };
  }
}

/**
 * How long a JWKS may be cached: a minute, and half of the time for which a key is published before
 * it signs. The other half is for a broker that is a second behind, and for slow verifiers.
 */
function jwksMaxAge(prepublishSeconds: number): number {
  return Math.min(60, Math.floor(prepublishSeconds / 2));
}

/** Whether `If-None-Match` names the tag (RFC 9110 §13.1.2), which is compared weakly. */
function isKnown(tag: string, ifNoneMatch = ''): boolean {
  const tags = ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(tag);
}
