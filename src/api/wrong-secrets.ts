import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Guessing } from '../business-auth/guessing/guessing.js';
import { BrokerError, type ErrorCode } from '../common/errors.js';
import { callerAddress } from './caller-address.js';

/** What a caller who guesses is told. An app that is unknown must not be told from a wrong secret. */
const WRONG: readonly ErrorCode[] = ['invalid_credentials', 'app_unknown', 'client_unknown'];

/** Limits wrong secrets of apps and clients by the address that they come from. */
@Injectable()
export class WrongSecrets {
  constructor(private readonly guessing: Guessing) {}

  /**
   * What `check` comes to, which looks at a secret that was shown. A right one is never counted.
   * Throws what it throws, and `rate_limited` for a wrong one where there were too many.
   */
  async limited<T>(request: FastifyRequest, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof BrokerError && WRONG.includes(error.code)) {
        await this.guessing.wrongSecret(callerAddress(request));
      }
      throw error;
    }
  }
}
