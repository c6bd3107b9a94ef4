import type { RunStatus, StepName, StepStatus } from './run.js';

/** How a step of the run in hand ended. */
export interface StepResult {
  name: StepName;
  status: StepStatus;
  /** A failed step that says its results are usable in part (`detail.continue === true`): other sources loaded. */
  usable: boolean;
}

/**
 * What each step reads from. A step runs when the step it needs delivered: succeeded, partial, held, or failed but
 * usable. Otherwise it is skipped, and so is what needs it. Sync and alert need insight and not each other: a target
 * that refuses rows must not keep a stall from its owner.
 */
const NEEDS: Record<StepName, StepName | null> = {
  extract: null,
  model: 'extract',
  insight: 'model',
  sync: 'insight',
  alert: 'insight',
};

/** The steps whose effect someone outside this service sees. */
const DELIVERS: ReadonlySet<StepName> = new Set(['sync', 'alert']);

/** The step because of which `name` must be skipped, or null when it may run. */
export function blockerOf(name: StepName, results: readonly StepResult[]): StepName | null {
  const need = NEEDS[name];
  if (need === null) return null;
  const result = results.find((candidate) => candidate.name === need);
  return result !== undefined && delivered(result) ? null : need;
}

/**
 * The status of a run whose steps all ended:
 * - `cancelled` when a step was;
 * - with a failed or skipped step: `partial` when sync or alert still delivered, else `failed`;
 * - `held` when a step waits for a person's decision;
 * - `partial` when a step was;
 * - `succeeded`.
 */
export function foldRunStatus(results: readonly StepResult[]): RunStatus {
  const has = (...statuses: StepStatus[]) => results.some((result) => statuses.includes(result.status));
  if (has('cancelled')) return 'cancelled';
  if (has('failed', 'skipped', 'queued', 'running')) {
    return results.some((result) => DELIVERS.has(result.name) && delivered(result)) ? 'partial' : 'failed';
  }
  if (has('held')) return 'held';
  if (has('partial')) return 'partial';
  return 'succeeded';
}

function delivered(result: StepResult): boolean {
  switch (result.status) {
    case 'succeeded':
    case 'partial':
    case 'held':
      return true;
    case 'failed':
      return result.usable;
    case 'queued':
    case 'running':
    case 'cancelled':
    case 'skipped':
      return false;
  }
}
