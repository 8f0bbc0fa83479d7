import { setTimeout as sleep } from 'node:timers/promises';
import { generateSync } from 'otplib';

const STEP_MS = 30_000;
/** So long a code may be on its way. */
const MARGIN_MS = 3000;

/** Somebody's authenticator app. Its clock may be wrong by a step, so it has three codes to show. */
export class AuthenticatorApp {
  #last = 0;

  constructor(private readonly secret: string) {}

  /** A code that was not shown before and is taken now; the fourth of a minute has to be waited for. */
  async next(): Promise<string> {
    const earliest = Math.floor((Date.now() + MARGIN_MS) / STEP_MS) - 1;
    this.#last = Math.max(this.#last + 1, earliest);
    const waitMs = (this.#last - 1) * STEP_MS - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    return this.#codeOf(this.#last);
  }

  /** The code that `next` gave last. */
  get last(): string {
    return this.#codeOf(this.#last);
  }

  /** A code that is not taken now. */
  get wrong(): string {
    const now = Math.floor(Date.now() / STEP_MS);
    const right = [-2, -1, 0, 1, 2].map((offset) => this.#codeOf(now + offset));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
      (code) => !right.includes(code),
    )!;
  }

  #codeOf(step: number): string {
    return generateSync({ secret: this.secret, epoch: (step * STEP_MS) / 1000 });
  }
}
