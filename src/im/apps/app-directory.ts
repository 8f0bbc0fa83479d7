import { BrokerError } from '../../common/errors.js';
import type { Config } from '../../config/config.js';
import type { AppRow } from '../../ports/control-ledger.port.js';
import type { ControlView } from '../../ledger/control-view.js';
import type { FeedFollower } from '../../ledger/feed-follower.js';
import type { MultiLoginPolicy } from '../multi-login/plan.js';
import { DEFAULT_APP_ID } from '../scopes.js';

/** How one app wants it: its own settings over those for all. */
export interface AppRules {
  readonly appId: string;
  readonly policy: MultiLoginPolicy;
  readonly maxNumOneEnd: number;
  /** Its own lifetime of user tokens; undefined: the dialect's. Seconds. */
  readonly userTtlSeconds: number | undefined;
  readonly roleTtlSeconds: Readonly<Record<string, number>>;
  readonly adminUserIds: readonly string[];
  readonly algorithm: 'ES256' | 'HS256';
}

/** Finds apps and says how each wants it. */
export class AppDirectory {
  constructor(
    private readonly control: ControlView,
    private readonly follower: FeedFollower,
    private readonly config: Config,
  ) {}

  /**
   * The rules of an app. One that isn't known here may have been made on another broker a moment
   * ago, so the feed is read before the answer is `app_unknown`.
   */
  async rules(appId: string): Promise<AppRules> {
    let app = this.control.app(appId);
    if (app === undefined) {
      await this.follower.readAfterNow();
      app = this.control.app(appId);
    }
    if (app === undefined) throw new BrokerError('app_unknown', 'there is no such app');
    return this.#rulesOf(app);
  }

  /** The rules of an app if it is known here now. */
  known(appId: string): AppRules | undefined {
    const app = this.control.app(appId);
    return app === undefined ? undefined : this.#rulesOf(app);
  }

  list(): readonly AppRow[] {
    return this.control.apps;
  }

  #rulesOf({ id, settings }: AppRow): AppRules {
    const { multiLogin, tokens, keys, app } = this.config;
    return {
      appId: id,
      policy: settings.multiLoginPolicy ?? multiLogin.policy,
      maxNumOneEnd: settings.maxNumOneEnd ?? multiLogin.maxNumOneEnd,
      userTtlSeconds: settings.userTtlSeconds,
      roleTtlSeconds: settings.roleTtlSeconds ?? tokens.roleTtlSeconds,
      adminUserIds: settings.adminUserIds ?? (id === DEFAULT_APP_ID ? app.adminUserIds : []),
      algorithm: settings.algorithm ?? keys.algorithm,
    };
  }
}
