import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { DataTest } from '../application/ports.js';
import { inBuildOrder } from '../domain/lineage.js';
import { type Model, parseModel } from '../domain/model.js';
import { readFileSources } from './file-reader.js';
import { graphSources, postgresSources } from './sources/catalog.js';

const folder = new URL('./models/', import.meta.url);

/**
 * The models of a folder (`<name>.yaml` beside `<name>.sql`) in build order. Throws a configuration error that names the
 * file: a misspelt declaration, a table that nobody makes, models that read each other.
 */
export function readModels(from: URL, rawTables: ReadonlySet<string>): Model[] {
  const models = readdirSync(from)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readModel(from, file.replace(/\.yaml$/, '')));
  try {
    return inBuildOrder(models, rawTables);
  } catch (error) {
    throw invalid('models', error);
  }
}

function readModel(from: URL, name: string): Model {
  try {
    const changed = new URL(`${name}.changed.sql`, from);
    return parseModel(name, parse(readFileSync(new URL(`${name}.yaml`, from), 'utf8')), {
      select: readFileSync(new URL(`${name}.sql`, from), 'utf8'),
      ...(existsSync(changed) ? { changed: readFileSync(changed, 'utf8') } : {}),
    });
  } catch (error) {
    throw invalid(`models/${name}`, error);
  }
}

const invalid = (file: string, error: unknown) =>
  new AppError({
    class: 'configuration',
    source: 'warehouse',
    code: 'invalid_model',
    message: `${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)}`,
    cause: error,
  });

/** Every raw table: one a declared source. */
export const rawTables: ReadonlySet<string> = new Set(
  [...postgresSources, ...graphSources, ...readFileSources()].map((source) => `raw_${source.name}`),
);

/** All models in build order. */
export const models: readonly Model[] = readModels(folder, rawTables);

const header = /^-- (?<severity>warn|error) \| (?<model>\w+) \| (?<rule>.+)$/m;
const parsedHeader = z.object({ severity: z.enum(['warn', 'error']), model: z.string(), rule: z.string() });

/** All data tests, one file each; the first line of a file is its severity, model and rule. */
export const dataTests: readonly DataTest[] = readdirSync(new URL('./data-tests/', import.meta.url))
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => {
    const select = readStatement(import.meta.url, `./data-tests/${file}`);
    return {
      name: file.replace(/\.sql$/, ''),
      select,
      ...parsedHeader.parse({ ...header.exec(select)?.groups }),
    };
  });
