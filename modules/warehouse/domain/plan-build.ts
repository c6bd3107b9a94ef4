import type { BuildState, Position } from './build-state.js';
import type { Model } from './model.js';

/** How one model is brought up to date. `since`: positions of the last build, of the upstream tables that moved. */
export type BuildPlan =
  | { mode: 'unchanged' }
  | { mode: 'full'; reason: string }
  | { mode: 'incremental'; since: Record<string, Position> };

/** What a model stands on now. */
export interface Upstream {
  position: Position;
  /** Of a model: the version before which no changes were kept. */
  reset: number;
}

/**
 * Decides between nothing, the changed keys and the whole table. Whenever what changed cannot be told apart from the
 * rest, the answer is the whole table: an increment must equal it.
 * @param state of the published table, null when there is none
 * @param published rows that the table holds now, and whether it loses old ones by itself
 */
export function planBuild(
  model: Model,
  hash: string,
  state: BuildState | null,
  published: { rows: number; expires: boolean },
  upstream: ReadonlyMap<string, Upstream>,
): BuildPlan {
  if (state === null) return { mode: 'full', reason: 'it was never built' };
  if (state.hash !== hash) return { mode: 'full', reason: 'its definition changed' };
  const { rows, expires } = published;
  if (rows > state.rows || (rows < state.rows && !expires))
    return { mode: 'full', reason: `it has ${rows} rows, ${state.rows} were published` };
  const since: Record<string, Position> = {};
  for (const name of model.reads) {
    const before = state.positions[name];
    const now = upstream.get(name);
    if (before === now?.position) continue;
    if (
      before === undefined ||
      now === undefined ||
      typeof before !== typeof now.position ||
      now.position < before
    )
      return { mode: 'full', reason: `${name} is not what it was built from` };
    if (!model.changedBy.includes(name)) return { mode: 'full', reason: `${name} changed` };
    if (typeof before === 'number' && before < now.reset)
      return { mode: 'full', reason: `${name} was built whole` };
    since[name] = before;
  }
  return Object.keys(since).length === 0 ? { mode: 'unchanged' } : { mode: 'incremental', since };
}
