import type { Answer } from '../../support/broker-http.js';

const GIVEN = /"(?:token|access_token|secret)":"([^"]{20,})"/g;

/** What a broker answered: the bytes of its refusals, and the secrets that it gave out. */
export class HeardAnswers {
  readonly #given = new Set<string>();
  readonly #refused: Buffer[] = [];

  hear(answer: Answer): void {
    if (isRefusal(answer)) {
      this.#refused.push(Buffer.from(JSON.stringify(answer.headers)), Buffer.from(answer.text));
      return;
    }
    for (const [, secret = ''] of answer.text.matchAll(GIVEN)) this.#given.add(secret);
  }

  /** Tokens and app secrets. */
  get given(): readonly Buffer[] {
    return [...this.#given].map((secret) => Buffer.from(secret));
  }

  get refusals(): number {
    return this.#refused.length / 2;
  }

  /** Headers and bodies of all refusals. */
  refused(): Buffer {
    return Buffer.concat(this.#refused);
  }
}

function isRefusal({ status, text }: Answer): boolean {
  return status >= 400 || /"errCode":[1-9]/.test(text) || /"ok":false/.test(text);
}
