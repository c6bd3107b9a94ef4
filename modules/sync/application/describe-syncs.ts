import type { SyncDefinition } from '../domain/definition.js';

/** One declared sync, for docs and the command line. */
export interface SyncDescription {
  name: string;
  model: string;
  mode: 'upsert' | 'mirror';
  /** `postgres insights.deal_health`, `graph (:Entity)`, `graph (:Entity)-[:SUCCESS_SIGNAL]->(:Entity)`. */
  target: string;
  key: string[];
  columns: { source: string; target: string; type: string; compared: boolean }[];
}

/** The declared syncs in plain words. Pure. */
export function describeSyncs(definitions: readonly SyncDefinition[]): SyncDescription[] {
  return definitions.map(({ name, model, mode, target, keys, columns }) => ({
    name,
    model,
    mode,
    target: describeTarget(target),
    key: keys.map((key) => key.target),
    columns: columns.map(({ source, target: to, type, compared }) => ({
      source,
      target: to,
      type,
      compared,
    })),
  }));
}

function describeTarget(target: SyncDefinition['target']): string {
  if (target.kind === 'postgres') return `postgres ${target.table}`;
  if (target.shape === 'node') return `graph (:${target.label})`;
  return `graph (:${target.label})-[:${target.type}]->(:${target.label})`;
}
