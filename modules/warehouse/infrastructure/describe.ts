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
