import type { Setting } from './settings.js';

const MAX_SHOWN_CHARACTERS = 80;
const SECRET_WORDS =
  /secret|passw|passphrase|credential|private|master|url|dsn|(_|\b)(api)?_?(key|token)$/i;

/** A value as a message may show it: never credentials, never long. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const masked = text.replaceAll(/:\/\/[^/@\s"]*@/g, '://(hidden)@');
  return masked.length > MAX_SHOWN_CHARACTERS
    ? `${masked.slice(0, MAX_SHOWN_CHARACTERS)}… (${masked.length} characters)`
    : masked;
}

/** A value of a setting, hidden when the setting is a secret. */
export function shownSetting(setting: Setting, value: unknown): string {
  if (value === '') return 'empty';
  return setting.note.secret === true ? '(hidden)' : shownValue(value);
}

/**
 * A value of something that is no setting. It may be a secret under a misspelt name, so that it
 * is shown only if neither its name, nor the setting meant, nor its looks speak of one.
 */
export function shownUnknown(name: string, value: unknown, meant: Setting | undefined): string {
  const hidden =
    meant?.note.secret === true ||
    SECRET_WORDS.test(name) ||
    (typeof value === 'string' && /\S{20,}/.test(value)) ||
    (typeof value === 'object' && value !== null);
  return hidden ? '(hidden)' : shownValue(value);
}

/** The start is refused: every setting that is wrong, a line each. Holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    const count =
      problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
    super(
      `Countersign can't start, ${count}:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}
