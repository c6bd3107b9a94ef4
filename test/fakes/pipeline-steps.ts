import { type PipelineStep, STEP_NAMES, type StepName } from '../../modules/operations/domain/run.js';
import type { RunContext, StepOutcome } from '../../src/kernel/progress.js';

export const succeeded = (rows = 0): StepOutcome => ({
  status: 'succeeded',
  rowsIn: rows,
  rowsOut: rows,
  rejected: 0,
  detail: {},
});

/** The five steps; those not given succeed. */
export function fakeSteps(
  given: Partial<Record<StepName, (context: RunContext) => Promise<StepOutcome>>> = {},
): PipelineStep[] {
  return STEP_NAMES.map((name) => ({ name, execute: given[name] ?? (() => Promise.resolve(succeeded())) }));
}

/** Rejects as a step does that heeds its signal. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new DOMException('This operation was aborted', 'AbortError'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
