import { readdirSync, readFileSync } from 'node:fs';
import { AppError } from '../../../src/kernel/errors.js';
import type { SyncDefinition } from '../domain/definition.js';
import { parseSyncDefinition } from '../domain/parse-definition.js';

const shipped = new URL('../definitions/', import.meta.url);

/**
 * The declared syncs, in the order they run: Postgres before the graph, then by name.
 * @throws AppError configuration `invalid_sync_definition` for the first file that does not parse or repeats a name.
 */
export function loadSyncDefinitions(folder: URL = shipped): SyncDefinition[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  const definitions = files.map((file) =>
    parseSyncDefinition(readFileSync(new URL(file, folder), 'utf8'), file),
  );
  const names = definitions.map((definition) => definition.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new AppError({
      class: 'configuration',
      source: 'sync',
      code: 'invalid_sync_definition',
      message: `Sync definition ${files[names.lastIndexOf(twice)]}, name: ${twice} is declared twice.`,
    });
  }
  const rank = (definition: SyncDefinition): number => (definition.target.kind === 'postgres' ? 0 : 1);
  return definitions.sort((a, b) => rank(a) - rank(b));
}
