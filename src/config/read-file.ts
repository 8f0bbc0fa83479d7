import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { shownUnknown } from './config-problem.js';
import { nearestName } from './nearest-name.js';
import { SETTINGS } from './settings.js';

/** A value as it was given, before it is checked. */
export interface GivenValue {
  readonly value: unknown;
  /** Where it came from, for messages. */
  readonly origin: string;
}

/** What one source gives: setting name → value, and what is wrong with the source. */
export interface Layer {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly problems: readonly string[];
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What may stand below a path: `tokens` → `tokens.userTtlSeconds`, … */
function namesBelow(parents: readonly string[]): readonly string[] {
  const below = SETTINGS.filter((setting) => parents.every((key, at) => setting.path[at] === key));
  return [...new Set(below.map((setting) => setting.path.slice(0, parents.length + 1).join('.')))];
}

function unknownProblem(path: readonly string[], value: unknown, origin: string): string {
  const name = path.join('.');
  const siblings = namesBelow(path.slice(0, -1));
  const nearest = nearestName(name, [...siblings, ...SETTINGS.map((setting) => setting.name)]);
  const meant = SETTINGS.find((setting) => setting.name === nearest);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  return `${name} is ${shownUnknown(name, value, meant)} in ${origin}, but there is no such setting.${hint} Allowed there: ${siblings.join(', ')}`;
}

class SectionReader {
  readonly values = new Map<string, GivenValue>();
  readonly problems: string[] = [];

  constructor(private readonly origin: string) {}

  read(section: object, parents: readonly string[]): void {
    for (const [key, value] of Object.entries(section)) this.readEntry([...parents, key], value);
  }

  private readEntry(path: readonly string[], value: unknown): void {
    const name = path.join('.');
    const setting = SETTINGS.find((candidate) => candidate.name === name);
    if (setting?.note.secret === true) {
      this.problems.push(
        `${name} is (hidden) in ${this.origin}, but secrets are not kept in files: set ${setting.env} in the environment`,
      );
    } else if (setting !== undefined) {
      this.values.set(name, { value, origin: this.origin });
    } else if (namesBelow(path).length === 0) {
      this.problems.push(unknownProblem(path, value, this.origin));
    } else if (isSection(value)) {
      this.read(value, path);
    } else if (value !== null) {
      this.problems.push(
        `${name} is ${shownUnknown(name, value, undefined)} in ${this.origin}: allowed is a section with ${namesBelow(path).join(', ')}`,
      );
    }
  }
}

function readYaml(text: string, origin: string): Layer {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const reader = new SectionReader(origin);
  for (const error of document.errors) {
    // The code only: messages quote the file, and nobody knows what somebody wrote into it.
    const { line } = lineCounter.linePos(error.pos[0]);
    reader.problems.push(`${origin} is not valid YAML: ${error.code} in line ${line}`);
  }
  if (reader.problems.length > 0) return reader;
  const contents: unknown = document.toJS();
  if (isSection(contents)) reader.read(contents, []);
  else if (contents !== null) reader.problems.push(`${origin} must hold sections of settings`);
  return reader;
}

/** Reads a YAML file of settings; `undefined` if there is none. */
export function readSettingsFile(file: string): Layer | undefined {
  const origin = `config/${basename(file)}`;
  try {
    return readYaml(readFileSync(file, 'utf8'), origin);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    return { values: new Map(), problems: [`${origin} can't be read (${code ?? 'bad alias'})`] };
  }
}
