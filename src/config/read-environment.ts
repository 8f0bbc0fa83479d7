import { shownUnknown } from './config-problem.js';
import { nearestName } from './nearest-name.js';
import type { GivenValue, Layer } from './read-file.js';
import type { SettingKind } from './setting.js';
import { ENV_PREFIX, SETTINGS } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readNumber(text: string): unknown {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function readList(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return trimmed.startsWith('[')
    ? parseJson(trimmed)
    : trimmed.split(',').map((part) => part.trim());
}

/** `a=1,b=2`; a name that comes twice makes the whole text no map. */
function readPairs(text: string): unknown {
  const pairs = text.split(',').map((part) => {
    const equals = part.lastIndexOf('=');
    return [
      part.slice(0, Math.max(equals, 0)).trim(),
      readNumber(part.slice(equals + 1).trim()),
    ] as const;
  });
  const map = new Map(pairs);
  return map.size === pairs.length ? Object.fromEntries(map) : text;
}

function readMap(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  return trimmed.startsWith('{') ? parseJson(trimmed) : readPairs(trimmed);
}

/** The value that a text stands for; a text that stands for none stays what it is, to be refused. */
function readText(kind: SettingKind, text: string): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return readNumber(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return readList(text);
    case 'map':
      return readMap(text);
  }
}

function unknownProblem(name: string, value: string): string {
  const nearest = nearestName(
    name,
    SETTINGS.map((setting) => setting.env),
  );
  const meant = SETTINGS.find((setting) => setting.env === nearest);
  const hint =
    meant === undefined ? '' : ` Did you mean ${meant.env}, which is ${meant.note.allowed}?`;
  return `${name} is ${shownUnknown(name, value, meant)} in the environment, but there is no such setting.${hint} docs/settings.md lists what is allowed`;
}

/** Reads the settings out of the environment; every other variable that is ours is a problem. */
export function readEnvironment(env: Environment): Layer {
  const values = new Map<string, GivenValue>();
  const problems: string[] = [];
  const known = new Set<string>();
  for (const setting of SETTINGS) {
    known.add(setting.env);
    const text = env[setting.env];
    if (text === undefined) continue;
    values.set(setting.name, { value: readText(setting.note.kind, text), origin: setting.env });
  }
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || known.has(name) || !name.startsWith(ENV_PREFIX)) continue;
    problems.push(unknownProblem(name, value));
  }
  return { values, problems };
}
