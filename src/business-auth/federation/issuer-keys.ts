import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../common/clock.js';
import { BrokerError } from '../../common/errors.js';
import { fetchJwks } from './fetch-jwks.js';

/** How long keys are believed: a removed one is gone after this. */
const MAX_AGE_MS = 300_000;
/** How long after a fetch, good or bad, an unknown key or a failure leads to no other. */
const COOL_DOWN_MS = 30_000;

/**
 * The keys of one foreign issuer, from its JWKS. Fetched when they are asked for, at most once at a
 * time and once in the cool-down, whatever key ids tokens name; believed for five minutes, so that
 * a key that the issuer has removed is gone by then.
 */
export class IssuerKeys {
  #keys: JWTVerifyGetKey | undefined;
  #fetchedAtMs = -Infinity;
  #askedAtMs = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly fetch: (url: string) => Promise<JSONWebKeySet> = fetchJwks,
  ) {}

  /**
   * For `jwtVerify`: the key that a token names. Throws jose's `JWKSNoMatchingKey`, and
   * `issuer_unavailable` where there are no keys to believe and none can be had.
   */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    if (!this.#areYoung()) await this.#reload();
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#isCoolingDown()) throw error;
      await this.#reload();
      return this.#known(header, token);
    }
  };

  #known(...asked: Parameters<JWTVerifyGetKey>): ReturnType<JWTVerifyGetKey> {
    if (this.#keys === undefined || !this.#areYoung()) throw unavailable();
    return this.#keys(...asked);
  }

  #areYoung(): boolean {
    return this.clock.monotonicMs() - this.#fetchedAtMs < MAX_AGE_MS;
  }

  #isCoolingDown(): boolean {
    return this.clock.monotonicMs() - this.#askedAtMs < COOL_DOWN_MS;
  }

  /** Never throws: whether there are keys to believe is asked afterwards. */
  async #reload(): Promise<void> {
    if (this.#fetching === undefined && this.#isCoolingDown()) return;
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  async #fetchOnce(): Promise<void> {
    const beganAtMs = this.clock.monotonicMs();
    this.#askedAtMs = beganAtMs;
    try {
      this.#keys = createLocalJWKSet(await this.fetch(this.url));
      this.#fetchedAtMs = beganAtMs;
    } catch {
      // The keys of before are believed for as long as they would have been.
    }
  }
}

function unavailable(): BrokerError {
  return new BrokerError('issuer_unavailable', 'the keys of the issuer can not be had now');
}
