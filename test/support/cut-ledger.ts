import type { ControlLedger } from '../../src/ports/control-ledger.port.js';
import type { Committed, UserLedger } from '../../src/ports/user-ledger.port.js';
import { connectLedger, openPostgresLedger, type OpenPostgresLedger } from './ledger-engines.js';
import { type ProxiedLink, TcpProxy } from './tcp-proxy.js';
import { APP, batchOf, raiseEach, raiseVersions } from './user-records.js';

const COMMIT_REQUEST = Buffer.from('commit\0');
const COMMIT_ANSWER = Buffer.from('COMMIT\0');

/** A ledger with one user, and a broker's way to it on which commits can be cut and held. */
export class CutLedger {
  private constructor(
    /** The ledger as it is, past the proxy. */
    readonly ledger: OpenPostgresLedger,
    readonly proxy: TcpProxy,
    /** The ledger as the broker reaches it. */
    readonly users: UserLedger,
    readonly control: ControlLedger,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<CutLedger> {
    const ledger = await openPostgresLedger();
    const proxy = await TcpProxy.start(ledger.url);
    const reached = await connectLedger(proxy.url, false);
    await raiseEach(reached.users, ['user-1']);
    return new CutLedger(ledger, proxy, reached.users, reached.control, async () => {
      proxy.heal();
      await reached.close();
      await proxy.close();
      await ledger.close();
    });
  }

  /** One change of the user. */
  raise(): Promise<Committed> {
    return this.users.change(batchOf(['user-1'], raiseVersions));
  }

  async version(): Promise<number | undefined> {
    const { users } = await this.ledger.users.read([{ appId: APP, userId: 'user-1' }]);
    return users[0]?.record.version;
  }

  /** The versions that the feed names. */
  async named(): Promise<number[]> {
    return (await this.ledger.feed.read(0)).users.map((change) => change.version);
  }

  /** Hands over the next request to commit; what was sent before it has gone on. */
  atCommit(act: (commit: Buffer, link: ProxiedLink) => void): void {
    this.proxy.onRequest = (bytes, link) => {
      const at = bytes.indexOf(COMMIT_REQUEST);
      if (at < 0) return link.toServer(bytes);
      this.proxy.heal();
      // A message begins with its type and length: five bytes.
      link.toServer(bytes.subarray(0, at - 5));
      act(bytes.subarray(at - 5), link);
    };
  }

  /** Hands over the next answer to a commit. */
  atCommitted(act: (answer: Buffer, link: ProxiedLink) => void): void {
    this.proxy.onAnswer = (bytes, link) => {
      if (!bytes.includes(COMMIT_ANSWER)) return link.toClient(bytes);
      this.proxy.heal();
      act(bytes, link);
    };
  }
}
