import { BusinessServer } from '../load/business-server.js';
import { Caller, type TimedAnswer } from '../processes/caller.js';
import type { Installation } from '../processes/installation.js';

/** One token revoked on one broker and checked on the other; times in milliseconds. */
export interface RevocationSample {
  /** From the request of the revocation to its answer. */
  readonly callMs: number;
  /** From that answer to the sending of the first check that the other broker refused. */
  readonly refusalMs: number;
  /** Checks that it still accepted, sent when the revocation had been answered. */
  readonly accepted: number;
}

/** A check that is accepted for longer than this is a broken promise, not a slow one. */
const PATIENCE_MS = 5000;

/**
 * Revokes tokens on the first broker of an installation and checks them on the other, over a
 * keep-alive connection to each.
 */
export class RevocationProbe {
  readonly #server: BusinessServer;
  readonly #revoking: Caller;
  readonly #checking: Caller;
  readonly #adminToken: string;
  /** Members' numbers go on from here: nobody else's. */
  #next = 700_000_000;

  private constructor(server: BusinessServer, checkedHost: string, adminToken: string) {
    this.#server = server;
    this.#revoking = new Caller(server.host);
    this.#checking = new Caller(checkedHost);
    this.#adminToken = adminToken;
  }

  static async open({ first, other, appSecret }: Installation): Promise<RevocationProbe> {
    const server = new BusinessServer(first.host);
    return new RevocationProbe(server, other.host, await server.adminToken(appSecret));
  }

  /** Mints tokens of as many users, one each, to be revoked. */
  async mint(count: number): Promise<readonly string[]> {
    const tokens = await this.#server.mintMembers(this.#adminToken, this.#next, count);
    this.#next += count;
    return tokens;
  }

  /** Throws when the token is not accepted before, or still is {@link PATIENCE_MS} after. */
  async sample(token: string): Promise<RevocationSample> {
    const before = await this.#check(token);
    if (!isAccepted(before)) throw new Error(`a good token was refused: ${before.body}`);
    const answer = await this.#revoking.post(
      '/v1/revocations',
      { authorization: `Bearer ${this.#adminToken}` },
      { target: { type: 'token', token } },
    );
    if (answer.status !== 201) throw new Error(`a revocation failed: ${answer.body}`);
    const callMs = answer.arrivedAt - answer.sentAt;
    for (let accepted = 0; ; accepted += 1) {
      const check = await this.#check(token);
      const refusalMs = check.sentAt - answer.arrivedAt;
      if (isRevoked(check)) return { callMs, refusalMs, accepted };
      if (!isAccepted(check)) throw new Error(`a check failed: ${check.body}`);
      if (refusalMs > PATIENCE_MS) throw new Error('a revoked token is still accepted');
    }
  }

  close(): void {
    this.#revoking.close();
    this.#checking.close();
  }

  #check(token: string): Promise<TimedAnswer> {
    return this.#checking.post('/auth/parse_token', { operationID: 'bench' }, { token });
  }
}

function isAccepted({ status, body }: TimedAnswer): boolean {
  return status === 200 && body.includes('"errCode":0,');
}

/** Refused, and not because something failed: OpenIM's TokenKickedError. */
function isRevoked({ status, body }: TimedAnswer): boolean {
  return status === 200 && body.includes('"errCode":1506,');
}
