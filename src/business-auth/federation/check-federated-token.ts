import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import type { Clock } from '../../common/clock.js';
import type { Log } from '../../common/log.js';
import type { Principal } from '../../contracts/principal.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';
import { foreignUserId } from './foreign-user-id.js';
import { IssuerKeys } from './issuer-keys.js';
import { refusedToken, verifyForeignToken } from './verify-foreign-token.js';

const MAX_CHARACTERS = 16_384;
/** Types of tokens that are no proof of a login, whoever signed them, and those of our IM tier. */
const OTHER_KINDS =
  /^(?:application\/)?(?:im|admin|dpop|logout|secevent|oauth-authz-req|token-introspection)\+jwt$/i;

/**
 * Takes the tokens of logins that are not ours: JWTs of an issuer that the app trusts, verified
 * with its JWKS. The IM user id is made of a claim by the issuer's template, as a rule with the
 * issuer's name in front, so that a foreign `alice` is never the local one.
 */
export class CheckFederatedToken {
  /** By the issuer's row; at most one for each that is trusted. */
  readonly #keys = new Map<string, IssuerKeys>();

  constructor(
    private readonly control: ControlView,
    private readonly follower: Pick<FeedFollower, 'readAfterNow'>,
    private readonly trust: Pick<LedgerTrust, 'isFresh' | 'renew'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * The person that the token speaks of. Throws `invalid_grant`; `issuer_unavailable` while the
   * issuer's keys can't be had; `ledger_unavailable`.
   */
  async check(appId: string, token: string): Promise<Principal> {
    if (token.length > MAX_CHARACTERS) throw refusedToken('it is too long');
    const said = unverifiedClaims(token);
    if (!this.trust.isFresh()) await this.trust.renew();
    const row = await this.#issuerOf(appId, said);
    const keys = this.#keysOf(row);
    const claims = await verifyForeignToken(row, token, keys.get, this.clock.nowMs());
    await this.#requireTrusted(row);
    const userId = foreignUserId(row, claims);
    if (userId === undefined) {
      throw refusedToken('it names nobody whose id is one that IM can have');
    }
    const authTime = claims['auth_time'];
    return {
      ...{ appId, userId, clientId: '', deviceId: '' },
      ...(typeof authTime === 'number' ? { authTime } : {}),
    };
  }

  /** Its keys may have been on their way for seconds: an issuer that was removed meanwhile is none. */
  async #requireTrusted({ appId, id }: TrustedIssuerRow): Promise<void> {
    if (!this.trust.isFresh()) await this.trust.renew();
    const rows = this.control.trustedIssuers(appId);
    if (rows.some((row) => row.id === id && row.removedAt === null)) return;
    throw refusedToken('its issuer is not trusted any more');
  }

  /** What the token says of itself leads to an issuer that is trusted, and to nothing else. */
  async #issuerOf(appId: string, said: JWTPayload): Promise<TrustedIssuerRow> {
    const audiences = [said.aud ?? []].flat();
    const isIt = ({ issuer, audience, removedAt }: TrustedIssuerRow) =>
      removedAt === null &&
      issuer === said.iss &&
      audiences.includes(audience) &&
      // Our own tokens have checks of their own, which know of sessions and revocations.
      !this.control.isIssuer(issuer);
    const find = () => this.control.trustedIssuers(appId).find(isIt);
    let row = find();
    if (row === undefined) {
      // It may have been added on another broker a moment ago.
      await this.follower.readAfterNow();
      row = find();
    }
    if (row === undefined) {
      throw refusedToken('its issuer is not trusted, or not for its audience');
    }
    return row;
  }

  #keysOf({ id, appId, name, jwksUrl }: TrustedIssuerRow): IssuerKeys {
    const known = this.#keys.get(id);
    if (known?.url === jwksUrl) return known;
    this.#dropUntrusted();
    const onFailure = (err: unknown) =>
      this.log.warn({ err, appId, issuer: name }, 'the keys of a trusted issuer cannot be fetched');
    const keys = new IssuerKeys(jwksUrl, this.clock, { onFailure });
    this.#keys.set(id, keys);
    return keys;
  }

  #dropUntrusted(): void {
    const rows = this.control.apps.flatMap(({ id }) => this.control.trustedIssuers(id));
    const trusted = new Set(rows.filter(({ removedAt }) => removedAt === null).map(({ id }) => id));
    for (const id of this.#keys.keys()) if (!trusted.has(id)) this.#keys.delete(id);
  }
}

/** What a token says of itself, before anything of it was verified. */
function unverifiedClaims(token: string): JWTPayload {
  let typ: string | undefined;
  let claims: JWTPayload;
  try {
    ({ typ } = decodeProtectedHeader(token));
    claims = decodeJwt(token);
  } catch {
    throw refusedToken('it is no JWT');
  }
  if (typ !== undefined && OTHER_KINDS.test(typ)) throw refusedToken('it is no proof of a login');
  return claims;
}
