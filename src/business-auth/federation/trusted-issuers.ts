import { auditEvent } from '../../audit/audit-event.js';
import { toUnixSeconds } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { ControlChanges } from '../../ledger/control-changes.js';
import type { ControlView } from '../../ledger/control-view.js';
import { requireApp } from '../../ledger/require-app.js';
import type {
  ControlState,
  ControlWrites,
  TrustedIssuerRow,
} from '../../ports/control-ledger.port.js';
import { type ProposedIssuer, trustedIssuerProblem } from './trusted-issuer-problem.js';
import { DEFAULT_USER_ID_TEMPLATE } from './user-id-template.js';

export interface TrustRequest {
  readonly name: string;
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  /** (`sub`) */
  readonly userIdClaim?: string;
  /** (`{name}/{id}`) */
  readonly userIdTemplate?: string;
  /** Must be true where the template has no `{name}`: nothing keeps the issuer to its own users. */
  readonly mayNameAnyUser?: boolean;
}

/** Says whose logins an app trusts. `by`: who does it, for the audit record. */
export class TrustedIssuers {
  constructor(
    private readonly control: ControlChanges,
    private readonly view: ControlView,
    private readonly entropy: Entropy,
  ) {}

  /** The trusted issuers of an app, removed ones too. */
  list(appId: string): readonly TrustedIssuerRow[] {
    return this.view.trustedIssuers(appId);
  }

  /**
   * Trusts an issuer from now on. Nothing is fetched from it. Errors: `invalid_request` naming the
   * field, `app_unknown`, `trusted_issuer_exists` while the app trusts one of this name, or this
   * issuer for this audience.
   */
  add(appId: string, request: TrustRequest, by: string): Promise<TrustedIssuerRow> {
    const { mayNameAnyUser = false, ...given } = request;
    const proposed: ProposedIssuer = {
      userIdClaim: 'sub',
      userIdTemplate: DEFAULT_USER_ID_TEMPLATE,
      ...given,
    };
    const problem = trustedIssuerProblem(proposed, mayNameAnyUser);
    if (problem !== undefined) throw new BrokerError('invalid_request', problem);
    const id = newId(this.entropy, 'iss');
    return this.control.change((state, nowMs) => {
      requireApp(state, appId);
      requireNew(state, appId, proposed);
      const row = {
        ...{ id, appId, ...proposed },
        ...{ createdAt: toUnixSeconds(nowMs), removedAt: null },
      };
      return { writes: this.#told('trusted_issuer.added', row, by, nowMs), result: row };
    });
  }

  /**
   * Trusts it no more. Doing so again changes nothing. Errors: `app_unknown`,
   * `trusted_issuer_unknown`.
   */
  remove(appId: string, id: string, by: string): Promise<void> {
    return this.control.change((state, nowMs) => {
      requireApp(state, appId);
      const found = state.trustedIssuers.find((row) => row.id === id && row.appId === appId);
      if (found === undefined) {
        throw new BrokerError('trusted_issuer_unknown', 'the app has no such trusted issuer');
      }
      if (found.removedAt !== null) return { writes: {}, result: undefined };
      const row = { ...found, removedAt: toUnixSeconds(nowMs) };
      return { writes: this.#told('trusted_issuer.removed', row, by, nowMs), result: undefined };
    });
  }

  #told(type: string, row: TrustedIssuerRow, by: string, nowMs: number): ControlWrites {
    const { appId, name: subject, id, issuer } = row;
    const told = { appId, at: toUnixSeconds(nowMs), type, actor: by, subject };
    const event = auditEvent(this.entropy, { ...told, detail: { id, issuer } });
    return { trustedIssuers: [row], audit: [event] };
  }
}

/** One name, one issuer; and what one issuer says for one audience is read in one way. */
function requireNew(state: ControlState, appId: string, proposed: ProposedIssuer): void {
  const { name, issuer, audience } = proposed;
  const trusted = state.trustedIssuers.filter(
    (row) => row.appId === appId && row.removedAt === null,
  );
  if (trusted.some((row) => row.name === name)) {
    throw new BrokerError('trusted_issuer_exists', 'the app trusts an issuer of this name already');
  }
  if (trusted.some((row) => row.issuer === issuer && row.audience === audience)) {
    throw new BrokerError(
      'trusted_issuer_exists',
      'the app trusts this issuer for this audience already',
    );
  }
}
