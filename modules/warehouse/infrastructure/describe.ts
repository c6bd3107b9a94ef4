import { AppError } from '../../../src/kernel/errors.js';
import { asMermaid, asText, select } from '../domain/lineage.js';
import type { Model } from '../domain/model.js';
import type { SourceDefinition } from '../domain/source.js';
import { readFileSources } from './file-reader.js';
import { models } from './model-catalog.js';
import { graphSources, postgresSources } from './sources/catalog.js';

/** Every source of the contract as declared, for docs. */
export function describeSources(): SourceDefinition[] {
  return [...postgresSources, ...graphSources, ...readFileSources()];
}

/** Every model as declared, with the words of its file's header, for docs and lineage. */
export function describeModels(): (Model & { about: string })[] {
  return models.map((model) => ({
    ...model,
    about: /^(?:--[^\n]*\n)+/.exec(model.select)?.[0].replace(/^-- /gm, '').trim() ?? '',
  }));
}

/** The names that a selection stands for (`name`, `name+`, `+name`). Throws a configuration error for what nobody knows. */
export function selectModels(selection: readonly string[]): Set<string> {
  try {
    return select(models, selection);
  } catch (error) {
    throw new AppError({
      class: 'configuration',
      source: 'warehouse',
      code: 'unknown_model',
      message: `${error instanceof Error ? error.message : String(error)}. The models are ${models.map(({ name }) => name).join(', ')}.`,
      cause: error,
    });
  }
}

/** The lineage of the selected models (absent: all), for people and programs. */
export function lineage(selection?: readonly string[]) {
  const chosen = selection && selectModels(selection);
  const shown = models.filter((model) => chosen?.has(model.name) ?? true);
  return {
    models: shown.map(({ name, grain, materialised, reads }) => ({ name, grain, materialised, reads })),
    asText: asText(shown),
    asMermaid: asMermaid(shown),
  };
}
