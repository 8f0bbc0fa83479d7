import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import type { Principal } from '../../contracts/principal.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { LedgerTrust } from '../../ledger/ledger-trust.js';
import type { TrustedIssuerRow } from '../../ports/control-ledger.port.js';
import { idProblem } from '../../common/identifiers.js';
import { IssuerKeys } from './issuer-keys.js';
import { userIdOf } from './user-id-template.js';

/** Signatures that are taken: asymmetric ones, so that nobody signs with what is public. */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'PS256',
  'PS384',
  'RS256',
  'RS384',
  'RS512',
];
const MAX_CHARACTERS = 16_384;
const LEEWAY_SECONDS = 60;
/** Types of tokens that are no proof of a login, whoever signed them. */
const FOREIGN_KINDS =
  /^(?:application\/)?(?:dpop\+jwt|logout\+jwt|secevent\+jwt|oauth-authz-req\+jwt)$/i;
/**
 * Takes the tokens of logins that are not ours: JWTs of an issuer that the app trusts, verified
 * with its JWKS. The IM user id is made of a claim by the issuer's template, as a rule with the
 * issuer's name in front, so that a foreign `alice` is never the local one.
 */
export class CheckFederatedToken {
  /** By the issuer's row: its keys go with it. */
  readonly #keys = new Map<string, IssuerKeys>();

  constructor(
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly trust: LedgerTrust,
    private readonly clock: Clock,
  ) {}

  /**
   * The person that the token speaks of. Throws `invalid_grant`, `issuer_unavailable`,
   * `ledger_unavailable`.
   */
  async check(appId: string, token: string): Promise<Principal> {
    if (!this.trust.isFresh()) await this.trust.renew();
    if (token.length > MAX_CHARACTERS) throw refused('it is too long');
    const issuer = await this.#issuerOf(appId, token);
    const claims = await this.#verified(issuer, token);
    const userId = userOf(issuer, claims);
    const authTime = claims['auth_time'];
    return {
      ...{ appId, userId, clientId: '' },
      ...(typeof authTime === 'number' ? { authTime } : {}),
    };
  }

  /** What the token says of itself leads to an issuer that is trusted, and to nothing else. */
  async #issuerOf(appId: string, token: string): Promise<TrustedIssuerRow> {
    const said = claimsOf(token);
    const audiences = [said.aud ?? []].flat();
    const isIt = ({ issuer, audience, removedAt }: TrustedIssuerRow) =>
      issuer === said.iss && audiences.includes(audience) && removedAt === null;
    const find = () => this.control.trustedIssuers(appId).find(isIt);
    let row = find();
    if (row === undefined) {
      // It may have been added on another broker a moment ago.
      await this.follower.readAfterNow();
      row = find();
    }
    if (row === undefined) throw refused('its issuer is not trusted, or not for its audience');
    return row;
  }

  async #verified(row: TrustedIssuerRow, token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#keysOf(row).get, {
        issuer: row.issuer,
        audience: row.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(this.clock.nowMs()),
      });
      if ((payload.iat ?? 0) > this.clock.nowMs() / 1000 + LEEWAY_SECONDS) {
        throw refused('it is of the future');
      }
      return payload;
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      throw refused('it was not verified', error);
    }
  }

  #keysOf(row: TrustedIssuerRow): IssuerKeys {
    const known = this.#keys.get(row.id);
    if (known !== undefined) return known;
    const inUse = new Set(
      this.control.apps.flatMap(({ id }) =>
        this.control
          .trustedIssuers(id)
          .filter(({ removedAt }) => removedAt === null)
          .map((issuer) => issuer.id),
      ),
    );
    for (const id of this.#keys.keys()) if (!inUse.has(id)) this.#keys.delete(id);
    const keys = new IssuerKeys(row.jwksUrl, this.clock);
    this.#keys.set(row.id, keys);
    return keys;
  }
}

/** What a token says of itself, before anything of it was verified. */
function claimsOf(token: string): JWTPayload {
  try {
    const { typ } = decodeProtectedHeader(token);
    if (typ !== undefined && FOREIGN_KINDS.test(typ)) throw refused('it is no proof of a login');
    return decodeJwt(token);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw refused('it is no JWT', error);
  }
}

function userOf(issuer: TrustedIssuerRow, claims: JWTPayload): string {
  const claim = claims[issuer.userIdClaim];
  const id = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof id !== 'string' || id === '') throw refused('it does not say who it is about');
  const userId = userIdOf(issuer, id);
  // OpenIM takes no colon in the id of a user who is new (`user_register`).
  if (idProblem(userId) !== undefined || userId.includes(':')) {
    throw refused('it names a user whose id is none that IM can have');
  }
  return userId;
}

function refused(why: string, cause?: unknown): BrokerError {
  return new BrokerError('invalid_grant', `the token is refused: ${why}`, { cause });
}
