import { z } from 'zod';
import { sections } from './sections.js';
import { settingNotes, type SettingNote } from './setting.js';

/** One setting: a leaf of a section. */
export interface Setting {
  /** As files and messages name it: `tokens.userTtlSeconds`. */
  readonly name: string;
  readonly path: readonly string[];
  /** The one environment variable that sets it. */
  readonly env: string;
  readonly sentence: string;
  readonly note: SettingNote;
  readonly schema: z.ZodType;
}

/** What all environment variables begin with, but for those with a short name. */
export const ENV_PREFIX = 'COUNTERSIGN_';

function upperSnake(word: string): string {
  return word.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase();
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

function collect(shape: Record<string, z.ZodType>, parents: readonly string[]): Setting[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const path = [...parents, key];
    const inner = shapeOf(schema);
    if (inner !== undefined) return collect(inner, path);
    const note = settingNotes.get(schema);
    const name = path.join('.');
    if (note === undefined || schema.description === undefined) {
      throw new Error(`the setting ${name} lacks its sentence or its note`);
    }
    const env = note.env ?? ENV_PREFIX + path.map(upperSnake).join('__');
    return [{ name, path, env, sentence: schema.description, note, schema }];
  });
}

/** Every setting there is. */
export const SETTINGS: readonly Setting[] = collect(sections, []);
