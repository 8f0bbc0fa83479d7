import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { fetchJwks } from './fetch-jwks.js';

/** How long keys are believed: a removed one is gone after this. */
const MAX_AGE_MS = 300_000;
/** From this age on they are fetched anew beside the checks: nobody waits for a provider that is up. */
const DUE_MS = 150_000;
/** How long after the beginning of a fetch, good or bad, no key id and no failure leads to another. */
const COOL_DOWN_MS = 30_000;
/** The same while there are no keys to believe, and every token is refused for that. */
const RETRY_MS = 5000;

export interface IssuerKeysOptions {
  /** (`fetchJwks`) */
  readonly fetch?: (url: string) => Promise<JSONWebKeySet>;
  /** Is told why a fetch failed. */
  readonly onFailure?: (cause: unknown) => void;
}

/**
 * The keys of one foreign issuer, from its JWKS. Fetched when they are asked for, at most once at a
 * time and once in the cool-down, whatever key ids tokens name; believed for five minutes, so that
 * a key that the issuer has removed is gone by then, also where the issuer can't be reached.
 */
export class IssuerKeys {
  #keys: JWTVerifyGetKey | undefined;
  /** When the fetch began that brought them. */
  #asOfMs = -Infinity;
  #askedAtMs = -Infinity;
  #fetching: Promise<void> | undefined;
  #failure: unknown;

  constructor(
    readonly url: string,
    private readonly clock: Clock,
    private readonly options: IssuerKeysOptions = {},
  ) {}

  /**
   * For `jwtVerify`: the key that a token names. Throws jose's `JWKSNoMatchingKey`, and
   * `issuer_unavailable` where there are no keys to believe and none can be had.
   */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    if (!this.#areYoungerThan(MAX_AGE_MS)) await this.#reload();
    else if (!this.#areYoungerThan(DUE_MS)) void this.#reload();
    const asOfMs = this.#asOfMs;
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // Whoever comes while they are fetched waits for that: the key may be among them.
      await this.#reload();
      if (this.#asOfMs === asOfMs) throw error;
      return this.#known(header, token);
    }
  };

  #known(...asked: Parameters<JWTVerifyGetKey>): ReturnType<JWTVerifyGetKey> {
    if (this.#keys === undefined || !this.#areYoungerThan(MAX_AGE_MS)) {
      throw new BrokerError('issuer_unavailable', 'the keys of the issuer can not be had now', {
        cause: this.#failure,
      });
    }
    return this.#keys(...asked);
  }

  #areYoungerThan(ageMs: number): boolean {
    return this.clock.monotonicMs() - this.#asOfMs < ageMs;
  }

  #isCoolingDown(): boolean {
    const waitMs = this.#areYoungerThan(MAX_AGE_MS) ? COOL_DOWN_MS : RETRY_MS;
    return this.clock.monotonicMs() - this.#askedAtMs < waitMs;
  }

  /**
   * Waits for the fetch that is under way, or for a new one unless it cools down. Never throws:
   * whether there are keys to believe is asked afterwards.
   */
  async #reload(): Promise<void> {
    if (this.#fetching === undefined && this.#isCoolingDown()) return;
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  async #fetchOnce(): Promise<void> {
    const { fetch = fetchJwks, onFailure } = this.options;
    const beganAtMs = this.clock.monotonicMs();
    this.#askedAtMs = beganAtMs;
    try {
      this.#keys = createLocalJWKSet(await fetch(this.url));
      this.#asOfMs = beganAtMs;
      this.#failure = undefined;
    } catch (error) {
      // The keys of before are believed for as long as they would have been.
      this.#failure = error;
      onFailure?.(error);
    }
  }
}
