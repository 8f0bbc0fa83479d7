/** Looks for secrets where there should be none: as they are, and as text. */
export class SecretSearch {
  readonly #forms: Buffer[] = [];

  constructor(readonly secrets: readonly Buffer[]) {
    for (const secret of secrets) {
      const texts = (['base64', 'base64url', 'hex'] as const).map((as) =>
        // Without the end, which depends on what follows.
        Buffer.from(secret.toString(as).slice(0, 40)),
      );
      this.#forms.push(secret, ...texts);
    }
  }

  /** How many forms of the secrets are in it. */
  found(haystack: Buffer): number {
    return this.#forms.filter((form) => haystack.includes(form)).length;
  }
}
