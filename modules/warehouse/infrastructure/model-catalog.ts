import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { compileTests, type DataTest } from '../domain/data-test.js';
import { inBuildOrder } from '../domain/lineage.js';
import { type Model, parseModel } from '../domain/model.js';
import { readFileSources } from './file-reader.js';
import { graphSources, postgresSources } from './sources/catalog.js';

const folder = new URL('./models/', import.meta.url);

/**
 * The models of a folder (`<name>.yaml` beside `<name>.sql`) in build order. Throws a configuration error that names the
 * file: a misspelt declaration, a table that nobody makes, models that read each other.
 */
function readModels(from: URL, rawTables: ReadonlySet<string>): Model[] {
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

/** The data tests of each model, ready to run; a test's SQL file stands in data-tests/. */
export const testsOf: ReadonlyMap<string, readonly DataTest[]> = new Map(
  models.map((model) => [
    model.name,
    compileTests(model, (file) => readStatement(import.meta.url, `./data-tests/${file}`)),
  ]),
);
