import type { SourceDefinition } from '../domain/source.js';
import { readFileSources } from './file-reader.js';
import { models } from './model-catalog.js';
import { graphSources, postgresSources } from './sources/catalog.js';

/** Every source of the contract as declared, for docs. */
export function describeSources(): SourceDefinition[] {
  return [...postgresSources, ...graphSources, ...readFileSources()];
}

/** Every model with the words of its file's header, for docs and lineage. */
export function describeModels(): {
  name: string;
  sources: readonly string[];
  dependsOn: readonly string[];
  about: string;
}[] {
  return models.map(({ name, sources, dependsOn, select }) => ({
    name,
    sources,
    dependsOn,
    about: /^(?:--[^\n]*\n)+/.exec(select)?.[0].replace(/^-- /gm, '').trim() ?? '',
  }));
}
