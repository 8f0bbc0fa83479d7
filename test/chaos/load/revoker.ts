import type { AppAccess, BrokerCaller, Reply } from '../house/broker-caller.js';
import type { Revocation } from '../model/revocation.js';
import type { Target, TargetType } from '../model/target.js';

/** How the load revokes: the only place that knows the route. */
export interface Revoker {
  /** What it can aim at. */
  readonly targets: readonly TargetType[];
  /** Answers with the revocation's id, where there is one. */
  revoke(caller: BrokerCaller, app: AppAccess, target: Target): Promise<Reply<string | undefined>>;
  /** Takes a revocation back that has an id; absent where the route can't. */
  restore?(caller: BrokerCaller, app: AppAccess, revocation: Revocation): Promise<Reply<unknown>>;
  /** Whether the ledger has a revocation with this id; absent where there are no ids. */
  find?(caller: BrokerCaller, app: AppAccess, id: string): Promise<Reply<unknown>>;
}

/** `POST /auth/force_logout`: a user's platform. */
export const forceLogout: Revoker = {
  targets: ['platform'],
  async revoke(caller, app, target) {
    if (target.type !== 'platform') throw new Error(`force_logout can't aim at a ${target.type}`);
    const reply = await caller.forceLogout(app, target.userId, target.platformId);
    return reply.kind === 'done' ? { kind: 'done', value: undefined } : reply;
  },
};

/** `POST /v1/revocations` and what belongs to it. */
export const nativeRevocations: Revoker = {
  targets: ['token', 'session', 'device', 'platform', 'user'],
  async revoke(caller, app, target) {
    const body = { target: onTheWire(target), reason: 'chaos' };
    const reply = await caller.native<{ id: string }>(
      'POST',
      '/v1/revocations',
      app.adminToken,
      body,
    );
    return reply.kind === 'done' ? { kind: 'done', value: reply.value.id } : reply;
  },
  restore(caller, app, { id }) {
    const path = `/v1/revocations/${id}/restore`;
    return caller.native('POST', path, app.adminToken, { reason: 'chaos is over' });
  },
  find(caller, app, id) {
    return caller.native('GET', `/v1/revocations/${id}`, app.adminToken);
  },
};

function onTheWire(target: Target): object {
  switch (target.type) {
    case 'token':
      return { type: 'token', token: target.session.token };
    case 'session':
      return { type: 'session', sessionId: target.session.id };
    case 'device':
    case 'platform':
    case 'user':
      return target;
  }
}

/** What the harness revokes with. */
export const REVOKER: Revoker = nativeRevocations;
