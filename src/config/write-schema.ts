import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderDefaultFile, renderJsonSchema, renderSettingsPage } from './render-settings.js';

/** What is generated from the schemas: path in the repository → contents. */
const GENERATED: Readonly<Record<string, string>> = {
  'config/schema.json': renderJsonSchema(),
  'config/default.yaml': renderDefaultFile(),
  'docs/settings.md': renderSettingsPage(),
};

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

function currentText(name: string): string | undefined {
  try {
    return readFileSync(pathOf(name), 'utf8');
  } catch {
    return undefined;
  }
}

const stale = Object.entries(GENERATED).filter(([name, text]) => currentText(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale) {
    process.stderr.write(`${name} is stale: run npm run config:schema and commit what it writes\n`);
  }
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [name, text] of stale) {
    writeFileSync(pathOf(name), text);
    process.stdout.write(`wrote ${name}\n`);
  }
}
