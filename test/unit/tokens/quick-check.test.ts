import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../../../src/common/errors.js';
import { CheckAdminToken } from '../../../src/im/apps/check-admin-token.js';
import { CheckToken } from '../../../src/im/tokens/check-token.js';
import { CheckUserToken } from '../../../src/im/tokens/check-user-token.js';
import { OperatorStanding } from '../../../src/contracts/operator-standing.js';
import { VerifyToken } from '../../../src/keys/verify-token.js';
import { SignedTokens } from '../../../src/im/tokens/signed-tokens.js';
import { USER_TOKEN_TYPE, type UserTokenClaims } from '../../../src/im/tokens/token-claims.js';
import { KeyView } from '../../../src/keys/key-view.js';
import { FeedWindow } from '../../../src/ledger/belief.js';
import { ColdReader } from '../../../src/ledger/cold-reader.js';
import { ControlView } from '../../../src/ledger/control-view.js';
import { CurrentUsers } from '../../../src/ledger/current-users.js';
import { FeedFollower } from '../../../src/ledger/feed-follower.js';
import { LedgerOutage } from '../../../src/ledger/ledger-outage.js';
import { LedgerTrust } from '../../../src/ledger/ledger-trust.js';
import {
  ControlLedger,
  type ControlReading,
  type ControlState,
} from '../../../src/ports/control-ledger.port.js';
import { FeedLedger, type FeedReading } from '../../../src/ports/feed-ledger.port.js';
import { MemoryChangeEvents } from '../../../src/stores/memory/memory-change-events.js';
import { MemoryLiveCopies } from '../../../src/stores/memory/memory-live-copies.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedUserLedger } from '../../support/scripted-user-ledger.js';
import { silentLog } from '../../support/silent-log.js';
import { sessionId, userCopy } from '../../support/user-copies.js';
import { newMasterKey, wholeRing } from '../keys/key-fixtures.js';

const ISSUER = 'https://broker.example';
const LEEWAY_SECONDS = 5;
const SESSION = sessionId(1);
const NOW = 1_800_000_000;
const HOLDER = { userId: 'user-1', platformId: 1, expiresAt: NOW + 3600 };
const COPY = userCopy({ position: 10, working: new Map([[SESSION, 0]]) });

/** Nobody acts as an operator here. */
class NoOperators extends OperatorStanding {
  override scopesOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** A control part that a test sets, also in ways in which no command does. */
class ScriptedControl extends ControlLedger {
  state: ControlState = {
    apps: [],
    secrets: [],
    issuers: [ISSUER],
    keys: [],
    clients: [],
    trustedIssuers: [],
  };

  override read(): Promise<ControlReading> {
    return Promise.resolve({ incarnation: 1, position: 10, state: this.state });
  }

  override change(): Promise<never> {
    return Promise.reject(new BrokerError('ledger_unavailable', 'nothing is changed here'));
  }
}

/** A feed in which nothing happens. */
class QuietFeed extends FeedLedger {
  constructor(private readonly clock: ManualClock) {
    super();
  }

  override read(): Promise<FeedReading> {
    return Promise.resolve({
      incarnation: 1,
      position: 10,
      upTo: 10,
      mark: '',
      nowMs: this.clock.nowMs(),
      users: [],
      control: false,
    });
  }

  override startingPosition(): Promise<number> {
    return Promise.resolve(10);
  }

  override trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

let clock: ManualClock;
let ledger: ScriptedControl;
let control: ControlView;
let window: FeedWindow;
let follower: FeedFollower;
let own: MemoryLiveCopies;
let check: CheckToken;
let sign: (claims?: Partial<UserTokenClaims>) => Promise<string>;
let token: string;

beforeEach(async () => {
  clock = new ManualClock(NOW * 1000);
  ledger = new ScriptedControl();
  control = new ControlView(ledger);
  const masterKey = newMasterKey();
  const keys = new KeyView(masterKey, [USER_TOKEN_TYPE]);
  control.onLoad((state) => keys.load(state.keys));
  ledger.state = { ...ledger.state, keys: await wholeRing('shared', masterKey) };
  window = new FeedWindow(900_000);
  const events = new MemoryChangeEvents(() => undefined);
  follower = new FeedFollower(
    new QuietFeed(clock),
    events,
    window,
    new LedgerOutage(),
    clock,
    silentLog,
    { windowSeconds: 900, reloadControl: () => control.reload() },
  );
  await follower.start();
  own = new MemoryLiveCopies({ maxCopies: 2, windowSeconds: 900 }, clock);
  const trust = new LedgerTrust(window, follower, events, clock, 10);
  const users = new ScriptedUserLedger();
  const reader = new ColdReader(users, [own]);
  const current = new CurrentUsers(own, undefined, reader, window, trust, clock);
  const signed = new SignedTokens(new VerifyToken(keys, follower), control, follower, 100);
  const shared = [control, trust, clock, LEEWAY_SECONDS] as const;
  const userTokens = new CheckUserToken(signed, current, users, ...shared);
  const admins = new CheckAdminToken(
    signed,
    control,
    follower,
    trust,
    new NoOperators(),
    clock,
    LEEWAY_SECONDS,
  );
  check = new CheckToken(signed, userTokens, admins, trust);
  sign = (claims = {}) =>
    keys.signer('shared').sign(USER_TOKEN_TYPE, {
      iss: ISSUER,
      sub: 'user-1',
      aud: 'default',
      jti: `${SESSION}.a`,
      sid: SESSION,
      iat: NOW,
      exp: HOLDER.expiresAt,
      ver: 1,
      scope: 'im:connect',
      UserID: 'user-1',
      PlatformID: 1,
      ...claims,
    });
  await own.put([COPY]);
  token = await sign();
  await check.check('default', token);
});
afterEach(() => follower.stop());

/** What a check says at once; `later` when it has to wait for something. */
function atOnce(shown = token, appId = 'default'): unknown {
  const checked = check.check(appId, shown);
  if (!(checked instanceof Promise)) return checked;
  checked.catch(() => undefined);
  return 'later';
}

const put = (parts: Parameters<typeof userCopy>[0]) =>
  own.put([userCopy({ position: 10, working: new Map([[SESSION, 0]]), version: 2, ...parts })]);

async function withControl(parts: Partial<ControlState>): Promise<void> {
  ledger.state = { ...ledger.state, ...parts };
  await control.reload();
}

const revokedKeys = () => ledger.state.keys.map((key) => ({ ...key, revokedAt: NOW }));

describe('a token seen before, of a user whose copy is believed', () => {
  test('is answered at once', () => {
    expect(atOnce()).toEqual(HOLDER);
  });

  test('is answered at once by the copy put last', async () => {
    await put({ working: new Map([[SESSION, 0]]) });
    window.hear([{ appId: 'default', userId: 'user-1', version: 2 }]);
    expect(atOnce()).toEqual(HOLDER);
  });
});

describe('what was answered at once is not', () => {
  test('when the last reading of the feed began a second ago', () => {
    clock.advance(999);
    expect(atOnce()).toEqual(HOLDER);
    clock.advance(1);
    expect(atOnce()).toBe('later');
  });

  test('when a newer version of the user is named', () => {
    window.hear([{ appId: 'default', userId: 'user-1', version: 2 }]);
    expect(atOnce()).toBe('later');
  });

  test('when the copy is of another incarnation', async () => {
    await put({ incarnation: 2 });
    expect(atOnce()).toBe('later');
  });

  test('when the copy has been let go for others', async () => {
    await own.put([userCopy({ userId: 'user-2' }), userCopy({ userId: 'user-3' })]);
    expect(atOnce()).toBe('later');
  });

  test('of a token that wants a newer copy', async () => {
    const renewed = await sign({ ver: 2 });
    expect(await check.check('default', renewed)).toBe('unknown_session');
  });

  test('of other claims with the same signature', async () => {
    const [header, , signature] = token.split('.');
    const [, claims] = (await sign({ sub: 'user-2' })).split('.');
    const forged = [header, claims, signature].join('.');
    expect(await check.check('default', forged)).toBe('bad_signature');
    expect(atOnce()).toEqual(HOLDER);
  });
});

describe('a token seen before is refused at once', () => {
  test('on the path of another app', () => {
    expect(atOnce(token, 'other')).toBe('wrong_app');
  });

  test('when its issuer is gone', async () => {
    await withControl({ issuers: [] });
    expect(atOnce()).toBe('wrong_app');
  });

  test('when it has expired by the wall clock, the leeway past', () => {
    clock.jumpTo((HOLDER.expiresAt + LEEWAY_SECONDS) * 1000 - 1);
    expect(atOnce()).toEqual(HOLDER);
    clock.jumpTo((HOLDER.expiresAt + LEEWAY_SECONDS) * 1000);
    expect(atOnce()).toBe('expired');
  });

  test('when its key was revoked, and when its key is gone', async () => {
    const { keys } = ledger.state;
    await withControl({ keys: revokedKeys() });
    expect(atOnce()).toBe('key_revoked');
    await withControl({ keys });
    expect(atOnce()).toEqual(HOLDER);
    await withControl({ keys: [] });
    expect(atOnce()).toBe('key_revoked');
  });

  test.each(['revoked', 'kicked', 'replaced', 'business_session_ended'] as const)(
    'when its session is %s',
    async (cause) => {
      await put({ working: new Map(), denied: new Map([[SESSION, cause]]) });
      expect(atOnce()).toBe(cause);
    },
  );

  test('when its user is suspended', async () => {
    await put({ status: 'suspended' });
    expect(atOnce()).toBe('user_suspended');
  });

  test('when its user has another role', async () => {
    await put({ role: 'night' });
    expect(atOnce()).toBe('superseded');
  });

  test('for the first of several reasons', async () => {
    await put({ working: new Map(), denied: new Map([[SESSION, 'kicked']]) });
    expect(atOnce()).toBe('kicked');
    await withControl({ keys: revokedKeys() });
    expect(atOnce()).toBe('key_revoked');
    clock.jumpTo((HOLDER.expiresAt + LEEWAY_SECONDS) * 1000);
    expect(atOnce()).toBe('expired');
    await withControl({ issuers: [] });
    expect(atOnce()).toBe('wrong_app');
  });
});
