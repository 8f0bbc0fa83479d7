import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../src/config/config-problem.js';
import type { Config } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';

export interface Given {
  readonly env?: Record<string, string>;
  /** File name → YAML; `default.yaml` is empty unless it is given. */
  readonly files?: Record<string, string>;
}

/** The settings from these sources and no others. */
export function load(given: Given = {}): Config {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  try {
    for (const [name, text] of Object.entries({ 'default.yaml': '', ...given.files })) {
      writeFileSync(join(directory, name), text);
    }
    return loadConfig({ env: given.env ?? {}, directory });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The message with which the start is refused. */
export function refusal(given: Given): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the settings were taken');
}
