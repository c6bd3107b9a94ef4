import type { Model } from './model.js';

type Node = Pick<Model, 'name' | 'reads'>;

/**
 * Models in build order: each after what it reads; ties by name, so that the order is the same everywhere.
 * Throws an Error that names the model when one reads an unknown table or itself, however far around.
 */
export function inBuildOrder<T extends Node>(models: readonly T[], rawTables: ReadonlySet<string>): T[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const ordered = new Map<string, T>();
  const visit = (model: T, path: readonly string[]): void => {
    if (ordered.has(model.name)) return;
    const around = path.indexOf(model.name);
    if (around >= 0)
      throw new Error(`models read each other: ${[...path.slice(around), model.name].join(' <- ')}`);
    for (const upstream of [...model.reads].sort()) {
      const next = byName.get(upstream);
      if (next) visit(next, [...path, model.name]);
      else if (!rawTables.has(upstream))
        throw new Error(`model ${model.name} reads ${upstream}, which nobody makes`);
    }
    ordered.set(model.name, model);
  };
  for (const model of [...models].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(model, []);
  return [...ordered.values()];
}

/** Everything that reads one of `names`, directly or through others; without `names` themselves unless they read each other. */
export function downstreamOf(models: readonly Node[], names: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const model of models) {
      if (!model.reads.includes(name) || reached.has(model.name)) continue;
      reached.add(model.name);
      queue.push(model.name);
    }
  }
  return reached;
}

/** Everything that one of `names` reads, directly or through others. */
export function upstreamOf(models: readonly Node[], names: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const upstream of models.find((model) => model.name === name)?.reads ?? []) {
      if (reached.has(upstream)) continue;
      reached.add(upstream);
      queue.push(upstream);
    }
  }
  return reached;
}

/**
 * The models that a selection names: `name`, `name+` (with all that depends on it), `+name` (with all it depends on),
 * `+name+`. Throws an Error that names what nobody knows.
 */
export function select(models: readonly Node[], selection: readonly string[]): Set<string> {
  const chosen = new Set<string>();
  for (const text of selection) {
    const name = text.replace(/^\+|\+$/g, '');
    if (!models.some((model) => model.name === name)) throw new Error(`there is no model ${name}`);
    chosen.add(name);
    if (text.startsWith('+'))
      for (const upstream of upstreamOf(models, [name]))
        if (!upstream.startsWith('raw_')) chosen.add(upstream);
    if (text.endsWith('+')) for (const downstream of downstreamOf(models, [name])) chosen.add(downstream);
  }
  return chosen;
}

/** The lineage as a Mermaid flow chart, raw tables included. */
export function asMermaid(models: readonly Node[]): string {
  const edges = models.flatMap((model) => model.reads.map((upstream) => `  ${upstream} --> ${model.name}`));
  const lonely = models.filter((model) => model.reads.length === 0).map((model) => `  ${model.name}`);
  return ['flowchart LR', ...lonely, ...edges].join('\n');
}

/** The lineage as text: each model with what it reads and what reads it. */
export function asText(models: readonly Node[]): string {
  return models
    .map((model) => {
      const readers = models.filter((other) => other.reads.includes(model.name)).map((other) => other.name);
      return [
        model.name,
        ...(model.reads.length > 0 ? [`  reads   ${model.reads.join(', ')}`] : []),
        ...(readers.length > 0 ? [`  read by ${readers.join(', ')}`] : []),
      ].join('\n');
    })
    .join('\n');
}
