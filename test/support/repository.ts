import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's own directory, also when this file runs compiled somewhere below it. */
export const REPOSITORY = find(dirname(fileURLToPath(import.meta.url)));

function find(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('there is no package.json above the tests');
  return find(parent);
}
