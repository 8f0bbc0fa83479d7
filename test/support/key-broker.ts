import type { Clock } from '../../src/common/clock.js';
import { SystemEntropy } from '../../src/common/ids.js';
import { KeyView } from '../../src/keys/key-view.js';
import type { KeySchedule } from '../../src/keys/lifecycle.js';
import { parseJws } from '../../src/keys/parse-jws.js';
import { reservationStep, ReserveExpiry } from '../../src/keys/reserve-expiry.js';
import { RevokeKey } from '../../src/keys/revoke-key.js';
import { SHARED_RING } from '../../src/keys/ring.js';
import { RotateKeys } from '../../src/keys/rotate-keys.js';
import { SignTokens } from '../../src/keys/sign-tokens.js';
import { verifySignature } from '../../src/keys/verification-key.js';
import { Announcer } from '../../src/ledger/announcer.js';
import { FeedWindow } from '../../src/ledger/belief.js';
import { ControlChanges } from '../../src/ledger/control-changes.js';
import { ControlView } from '../../src/ledger/control-view.js';
import { FeedFollower } from '../../src/ledger/feed-follower.js';
import { LedgerOutage } from '../../src/ledger/ledger-outage.js';
import type { ChangeEvents } from '../../src/ports/change-events.port.js';
import type { MasterKey } from '../../src/ports/master-key.port.js';
import type { LedgerEnds } from './ledger-engines.js';
import { silentLog } from './silent-log.js';

const TYPE = 'test+jwt';

/** The part of a broker that keys are about, on a real ledger. */
export class KeyBroker {
  readonly keys: KeyView;
  readonly rotation: RotateKeys;
  readonly revocation: RevokeKey;
  readonly #signing: SignTokens;
  readonly #follower: FeedFollower;

  constructor(
    private readonly ledger: Pick<LedgerEnds, 'control' | 'feed'>,
    events: ChangeEvents,
    masterKey: MasterKey,
    private readonly clock: Clock,
    schedule: KeySchedule,
  ) {
    const window = new FeedWindow(900_000);
    const view = new ControlView(ledger.control);
    const outage = new LedgerOutage();
    const { feed, control } = ledger;
    this.keys = new KeyView(masterKey, [TYPE]);
    view.onLoad((state) => this.keys.load(state.keys));
    this.#follower = new FeedFollower(feed, events, window, outage, clock, silentLog, {
      windowSeconds: 900,
      reloadControl: () => view.reload(),
    });
    const announcer = new Announcer([], events, window, silentLog);
    const changes = new ControlChanges(control, announcer, this.#follower, clock);
    const entropy = new SystemEntropy();
    this.rotation = new RotateKeys(changes, this.keys, masterKey, entropy, clock, schedule);
    this.revocation = new RevokeKey(changes, control, masterKey, entropy, schedule);
    const step = reservationStep(schedule.rotationIntervalSeconds);
    const refresh = (): Promise<void> => this.#follower.readAfterNow();
    const reservations = new ReserveExpiry(this.keys, control, refresh, step);
    this.#signing = new SignTokens(reservations);
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  /** Learns of all that was committed before now. */
  catchUp(): Promise<void> {
    return this.#follower.readAfterNow();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** A token that expires after so many seconds. */
  mint(ttlSeconds: number, ring = SHARED_RING): Promise<string> {
    return this.#signing.sign(ring, TYPE, { exp: this.#now() + ttlSeconds });
  }

  /** What this broker says of a token, by what it knows at the moment. */
  check(token: string): string {
    const parsed = parseJws(token, this.keys.headers);
    if (parsed === undefined) return 'malformed';
    const { kid } = parsed.header;
    const key = this.keys.verifier(kid);
    if (key === undefined) return this.keys.hasForgotten(kid) ? 'expired' : 'unknown_key';
    if (!verifySignature(parsed, key)) return 'bad_signature';
    if (this.#now() >= Number(parsed.claims['exp']) || key.removed) return 'expired';
    return key.revoked ? 'key_revoked' : 'active';
  }

  /** Every key, as the ledger has it now. */
  rows() {
    return this.ledger.control.read().then(({ state }) => state.keys);
  }

  #now(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }
}
