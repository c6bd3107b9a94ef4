import { z } from 'zod';
import type { SyncDefinition, ValueSource } from '../domain/definition.js';
import { fileSchema } from '../domain/definition-file.js';

/** One declared sync, for docs and the command line. */
export interface SyncDescription {
  name: string;
  model: string;
  mode: SyncDefinition['mode'];
  /** `postgres insights.deal_health`, `graph (:Entity)`, `graph (:Entity)-[:SUCCESS_SIGNAL]->(:Entity)`. */
  target: string;
  key: string[];
  columns: { source: string; target: string; type: string; compared: boolean }[];
}

/** The declared syncs in plain words. Pure. */
export function describeSyncs(definitions: readonly SyncDefinition[]): SyncDescription[] {
  return definitions.map(({ name, source, mode, target, keys, columns }) => ({
    name,
    model: source.kind === 'model' ? source.model : 'a SELECT of its own',
    mode,
    target: describeTarget(target),
    key: keys.map((key) => key.target),
    columns: columns.map(({ source, target: to, type, compared }) => ({
      source: describeSource(source),
      target: to,
      type,
      compared,
    })),
  }));
}

function describeSource(source: ValueSource): string {
  if (source.kind === 'column') return source.column;
  if (source.kind === 'end') return `the ${source.pick} of ${source.of.join(' and ')}`;
  if (source.kind === 'constant') return JSON.stringify(source.text);
  return source.parts.map((part) => ('text' in part ? part.text : `{{${part.column}}}`)).join('');
}

/** `postgres insights.deal_health`, `graph (:Entity)`, `webhook https://example.com` (a path or query may hold a secret). Pure. */
export function describeTarget(target: SyncDefinition['target']): string {
  if (target.kind === 'webhook') return `webhook ${new URL(target.url).origin}`;
  if (target.kind === 'postgres') return `postgres ${target.table}`;
  if (target.shape === 'node') return `graph (:${target.label})`;
  return `graph (:${target.label})-[:${target.type}]->(:${target.label})`;
}

/** JSON Schema of a definition file, for editors. Pure. */
export function definitionJsonSchema(): object {
  return { title: 'TERAFFI Insights sync definition', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
}
