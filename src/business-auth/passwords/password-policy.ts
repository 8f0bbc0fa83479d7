import { BrokerError } from '../../common/errors.js';
import { normalPassword } from './password-hashing.js';
import { StrengthThread } from './strength-thread.js';

export interface PasswordPolicySettings {
  /** Fewest characters, as Unicode code points. */
  readonly minCharacters: number;
  /** Least strength, as zxcvbn counts it: 0 (anything) to 4. */
  readonly minStrength: number;
}

/** What a password's owner is known by. `email`: empty when there is none. */
export interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

/** The most UTF-16 units of a password. Whatever takes one refuses more before it looks at it. */
export const PASSWORD_MAX_CHARACTERS = 1024;

/**
 * Which passwords may be set: long enough, and not easy to guess. There are no rules about kinds
 * of characters (NIST SP 800-63B §3.1.1.2). Strength is that of the first 48 characters.
 */
export class PasswordPolicy {
  constructor(
    private readonly settings: PasswordPolicySettings,
    private readonly strength: StrengthThread = new StrengthThread(),
  ) {}

  /**
   * Throws `weak_password`, with what is wrong and what would help; `invalid_request` for one that
   * is too long or no well-formed Unicode (all halves of surrogate pairs would be the same);
   * `overloaded` when too many wait to be judged. The password is in no error.
   */
  async judge(password: string, owner: PasswordOwner): Promise<void> {
    if (password.length > PASSWORD_MAX_CHARACTERS) {
      const most = `must not have more than ${PASSWORD_MAX_CHARACTERS} characters`;
      throw new BrokerError('invalid_request', `password ${most}`);
    }
    if (!password.isWellFormed()) {
      throw new BrokerError('invalid_request', 'password must be well-formed Unicode');
    }
    const { minCharacters, minStrength } = this.settings;
    const normal = normalPassword(password);
    if (Array.from(normal).length < minCharacters) {
      throw weak(`password must have at least ${minCharacters} characters`);
    }
    if (minStrength === 0) return;
    const { score, advice } = await this.strength.estimate(normal, wordsAbout(owner));
    if (score < minStrength) {
      throw weak(['password is too easy to guess.', ...advice].join(' '));
    }
  }
}

function weak(detail: string): BrokerError {
  return new BrokerError('weak_password', detail);
}

/** The names of the owner, and their parts: `alice.smith@example.com` has four. */
function wordsAbout({ username, email }: PasswordOwner): string[] {
  const names = [username, email].map((name) => name.normalize('NFKC'));
  const parts = names.flatMap((name) => name.split(/[^\p{L}\p{M}\p{N}]+/u));
  return [...new Set([...names, ...parts])].filter(({ length }) => length > 2);
}
