import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG, type Config } from '../../config/config.js';
import { grantableScopes, DEFAULT_APP_ID } from '../../im/scopes.js';
import { KeyView } from '../../keys/key-view.js';

/** What anyone may know, to verify tokens and to find the calls. */
@ApiTags('oauth2')
@Controller('.well-known')
export class WellKnownController {
  constructor(
    private readonly keys: KeyView,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** RFC 7517. A minute at most, so that a verifier learns of a new key soon. */
  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=60')
  @ApiOperation({ summary: 'The public keys that verify ES256 tokens' })
  jwks() {
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
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: grantableScopes(DEFAULT_APP_ID),
      response_types_supported: [],
    };
  }
}
