import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, shownSetting } from './config-problem.js';
import type { Config, SettingValues } from './config.js';
import { PRODUCTION_RULES } from './production-rules.js';
import { readEnvironment, type Environment } from './read-environment.js';
import { readSettingsFile, type GivenValue, type Layer } from './read-file.js';
import { RULES } from './rules.js';
import { SETTINGS, type Setting } from './settings.js';

export interface ConfigSources {
  /** The environment to read; the process's own by default. */
  readonly env?: Environment;
  /** Where the YAML files are; `config/` of this package by default. */
  readonly directory?: string;
}

/** `config/` lies beside `src/` and `dist/` alike. */
const CONFIG_DIRECTORY = fileURLToPath(new URL('../../config', import.meta.url));

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

function readEnvironmentName(env: Environment, directory: string): [string, string[]] {
  const name = env['NODE_ENV'] ?? 'development';
  const known =
    ['development', 'test', 'production'].includes(name) ||
    (/^[a-z\d][a-z\d_-]*$/.test(name) && existsSync(join(directory, `${name}.yaml`)));
  // A misspelt "production" must not switch the rules of production off.
  const problem = `NODE_ENV is ${JSON.stringify(name)}: allowed is development, test, production, or a name <name> with a file config/<name>.yaml`;
  return known ? [name, []] : ['unknown', [problem]];
}

/** The layers in order: each one's values go before those of the layers ahead of it. */
function readLayers(env: Environment, directory: string, environment: string): Layer[] {
  const base = readSettingsFile(join(directory, 'default.yaml')) ?? {
    values: new Map<string, GivenValue>(),
    problems: [`config/default.yaml is missing in ${directory}`],
  };
  const own =
    environment === 'default'
      ? undefined
      : readSettingsFile(join(directory, `${environment}.yaml`));
  return [base, ...(own === undefined ? [] : [own]), readEnvironment(env)];
}

/** What is wrong with a value by itself; its value as parsed otherwise. */
function parseSetting(
  setting: Setting,
  given: GivenValue | undefined,
): { value?: unknown; problem?: string } {
  const forbidden =
    typeof given?.value === 'object' &&
    given.value !== null &&
    Object.hasOwn(given.value, '__proto__');
  const parsed = setting.schema.safeParse(given?.value);
  if (parsed.success && !forbidden && given?.value !== null) {
    // Looked up by names that come from outside, so that it must not inherit any.
    const value: unknown =
      setting.note.kind === 'map'
        ? Object.assign(Object.create(null) as object, parsed.data)
        : parsed.data;
    return { value };
  }
  const shown = shownSetting(setting, given?.value);
  const from = given?.origin ?? 'its default';
  return {
    problem: `${setting.name} is ${shown} (from ${from}): allowed is ${setting.note.allowed}`,
  };
}

function place(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = root;
  for (const key of path.slice(0, -1)) node = (node[key] ??= {}) as Record<string, unknown>;
  const leaf = path.at(-1);
  if (leaf !== undefined && value !== undefined) node[leaf] = value;
}

function complete(values: SettingValues, environment: string): Config {
  const { server, stores, http } = values;
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host;
  const scheme = http.tls.certFile === undefined ? 'http' : 'https';
  const publicUrl = (server.publicUrl ?? `${scheme}://${host}:${server.port}`).replace(/\/+$/, '');
  const profile = stores.databaseUrl === undefined ? 'embedded' : 'cluster';
  return deepFreeze({ ...values, server: { ...server, publicUrl }, profile, environment });
}

/**
 * The settings: `default.yaml`, then `<NODE_ENV>.yaml`, then the environment. This is the only
 * reader of the environment.
 *
 * @throws {ConfigError} that names everything that is wrong or unknown, at once, and no secret.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { env = process.env, directory = CONFIG_DIRECTORY } = sources;
  const [environment, problems] = readEnvironmentName(env, directory);
  const layers = readLayers(env, directory, environment);
  problems.push(...layers.flatMap((layer) => layer.problems));

  const given = new Map(layers.flatMap((layer) => [...layer.values]));
  const tree: Record<string, unknown> = {};
  const wrong = new Set<string>();
  for (const setting of SETTINGS) {
    const { value, problem } = parseSetting(setting, given.get(setting.name));
    place(tree, setting.path, value);
    if (problem === undefined) continue;
    wrong.add(setting.name);
    problems.push(problem);
  }

  // Every leaf was parsed by its own schema, and rules are asked only about leaves that are right.
  const values = tree as SettingValues;
  const rules = environment === 'production' ? [...RULES, ...PRODUCTION_RULES] : RULES;
  for (const rule of rules) {
    if (rule.of.some((name) => wrong.has(name))) continue;
    problems.push(...rule.broken({ values, environment }).filter((line) => line !== false));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return complete(values, environment);
}
