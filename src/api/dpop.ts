import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CheckDpopProof, type GoodProof } from '../business-auth/dpop/check-dpop-proof.js';
import { BrokerError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import type { ClientRow } from '../ports/control-ledger.port.js';

const NO_PROOF: GoodProof = { jkt: '', spend: () => Promise.resolve() };

/** The keys that callers prove to have (RFC 9449). */
@Injectable()
export class DpopKeys {
  constructor(
    private readonly proofs: CheckDpopProof,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The thumbprint of the key that the request's proof is of; empty where it has none. Throws
   * `invalid_dpop_proof`.
   */
  async of(request: FastifyRequest): Promise<string> {
    const proof = await this.read(request);
    await proof.spend();
    return proof.jkt;
  }

  /** The same for who checks the access token first, which the proof is shown with, and then spends it. */
  async read(request: FastifyRequest, accessToken?: string): Promise<GoodProof> {
    const proof = request.headers['dpop'];
    if (proof === undefined) return NO_PROOF;
    const [path = ''] = request.url.split('?');
    return this.proofs.read({
      proof,
      method: request.method,
      // As it is known outside: what a proxy or the Host header makes of it is not to be believed.
      url: this.config.server.publicUrl + path,
      ...(accessToken === undefined ? {} : { accessToken }),
    });
  }

  /** The same for a client, which may have to have one. */
  async ofClient(request: FastifyRequest, client: ClientRow): Promise<string> {
    const jkt = await this.of(request);
    if (jkt === '' && client.requiresDpop) {
      throw new BrokerError('invalid_dpop_proof', 'this client must send a DPoP proof');
    }
    return jkt;
  }
}
