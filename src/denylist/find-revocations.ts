import { BrokerError } from '../common/errors.js';
import type { Revocation } from '../ports/revocation.js';
import type { RevocationLog, RevocationQuery } from '../ports/revocation-log.port.js';

/** Looks up what was revoked. */
export class FindRevocations {
  constructor(private readonly log: RevocationLog) {}

  /** Newest first. */
  list(query: RevocationQuery): Promise<readonly Revocation[]> {
    return this.log.list(query);
  }

  /** Throws `revocation_unknown`. */
  async get(appId: string, id: string): Promise<Revocation> {
    const revocation = await this.log.find(appId, id);
    if (revocation === undefined) {
      throw new BrokerError('revocation_unknown', 'there is no such revocation');
    }
    return revocation;
  }
}
