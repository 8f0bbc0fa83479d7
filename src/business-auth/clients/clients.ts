import { auditEvent } from '../../audit/audit-event.js';
import { toUnixSeconds } from '../../common/clock.js';
import { hashSecret } from '../../common/constant-time.js';
import { BrokerError } from '../../common/errors.js';
import { isSlug, NAME_LENGTH, SLUG_PROBLEM, textProblem } from '../../common/identifiers.js';
import { type Entropy, newId } from '../../common/ids.js';
import type { ControlChanges } from '../../ledger/control-changes.js';
import type { ControlView } from '../../ledger/control-view.js';
import { requireApp } from '../../ledger/require-app.js';
import type { ClientRow, ControlState, ControlWrites } from '../../ports/control-ledger.port.js';

/** Valid secrets that a client may have at once: the newest, and the one that it takes over from. */
export const MAX_CLIENT_SECRETS = 2;

export interface ClientRequest {
  /** Generated when absent. */
  readonly id?: string;
  /** For people; the id when absent. */
  readonly name?: string;
  readonly type: ClientRow['type'];
  readonly requiresDpop?: boolean;
}

/** A client and a secret just made for it, in clear: shown once, stored nowhere. */
export interface ClientWithSecret {
  readonly client: ClientRow;
  readonly secret: string;
}

/** Makes and removes clients of apps. `by`: who does it, for the audit record. */
export class Clients {
  constructor(
    private readonly control: ControlChanges,
    private readonly view: ControlView,
    private readonly entropy: Entropy,
  ) {}

  /** The clients of an app, removed ones too. */
  list(appId: string): readonly ClientRow[] {
    return this.view.clients(appId);
  }

  /**
   * A client, and its first secret if it is a confidential one. The id of a removed client is not
   * given again. Errors: `invalid_request` for an id or a name that can't be one, `app_unknown`,
   * `client_exists`.
   */
  create(
    appId: string,
    request: ClientRequest,
    by: string,
  ): Promise<ClientWithSecret | { readonly client: ClientRow; readonly secret: undefined }> {
    const { id = newId(this.entropy, 'cli'), name = id, type, requiresDpop = false } = request;
    if (request.id !== undefined && !isSlug(request.id)) {
      throw new BrokerError('invalid_request', `id: ${SLUG_PROBLEM}`);
    }
    const problem = textProblem(name, NAME_LENGTH);
    if (problem !== undefined) throw new BrokerError('invalid_request', `name: ${problem}`);
    const secret = type === 'confidential' ? this.#newSecret() : undefined;
    const secretHashes = secret === undefined ? [] : [hashSecret(secret)];
    return this.control.change((state, nowMs) => {
      requireApp(state, appId);
      // Of any app: who starts without a token names nothing but its client.
      if (state.clients.some((client) => client.id === id)) {
        throw new BrokerError('client_exists', 'there is a client with this id already');
      }
      const made = { id, appId, name, type, secretHashes, requiresDpop };
      const client = { ...made, createdAt: toUnixSeconds(nowMs), removedAt: null };
      return {
        writes: this.#told('client.created', client, by, nowMs),
        result: { client, secret },
      };
    });
  }

  /**
   * Another secret of a confidential client, valid beside the newest of those it has; older ones
   * are not valid any more. Errors: `client_not_found`, `invalid_request` for a public client.
   */
  rotateSecret(appId: string, clientId: string, by: string): Promise<ClientWithSecret> {
    const secret = this.#newSecret();
    return this.control.change((state, nowMs) => {
      const found = findClient(state, appId, clientId);
      if (found.removedAt !== null) throw notFound();
      if (found.type === 'public') {
        throw new BrokerError('invalid_request', 'a public client has no secret');
      }
      const secretHashes = [hashSecret(secret), ...found.secretHashes].slice(0, MAX_CLIENT_SECRETS);
      const client = { ...found, secretHashes };
      const writes = this.#told('client.secret_rotated', client, by, nowMs);
      return { writes, result: { client, secret } };
    });
  }

  /**
   * From now on nobody logs in or refreshes with it, and no call is taken with its business tokens.
   * Removing it again changes nothing. Errors:
   * `client_not_found`.
   */
  remove(appId: string, clientId: string, by: string): Promise<void> {
    return this.control.change((state, nowMs) => {
      const found = findClient(state, appId, clientId);
      if (found.removedAt !== null) return { writes: {}, result: undefined };
      const client = { ...found, secretHashes: [], removedAt: toUnixSeconds(nowMs) };
      return { writes: this.#told('client.removed', client, by, nowMs), result: undefined };
    });
  }

  /** Cheap to hash: 32 random bytes can't be guessed. */
  #newSecret(): string {
    return this.entropy.bytes(32).toString('base64url');
  }

  #told(type: string, client: ClientRow, by: string, nowMs: number): ControlWrites {
    const { appId, id: subject } = client;
    const told = { appId, at: toUnixSeconds(nowMs), type, actor: by, subject };
    return { clients: [client], audit: [auditEvent(this.entropy, told)] };
  }
}

function findClient(state: ControlState, appId: string, clientId: string): ClientRow {
  requireApp(state, appId);
  const found = state.clients.find(({ id, appId: owner }) => id === clientId && owner === appId);
  if (found === undefined) throw notFound();
  return found;
}

function notFound(): BrokerError {
  return new BrokerError('client_not_found', 'the app has no such client');
}
