import { z } from 'zod';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { SyncDefinition } from '../domain/definition.js';
import { blocked, overall, type SyncOutcome } from '../domain/outcome.js';
import type { RequestStore } from './control-ports.js';
import type { SyncLedger } from './ports.js';
import type { RunSync } from './run-sync.js';

export interface RunSyncsParts {
  definitions: readonly SyncDefinition[];
  run: RunSync;
  ledger: SyncLedger;
  requests: Pick<RequestStore, 'abandon'>;
}

const leftOutDetail = z.object({
  leftOut: z.array(z.object({ tables: z.array(z.string()), reason: z.string() })).default([]),
});
const modelDetail = z.object({
  blocked: z.array(z.string()).default([]),
});

/** Pipeline step 4: the syncs that are due when models were built. */
export class RunSyncs {
  constructor(private readonly parts: RunSyncsParts) {}

  /**
   * Runs them in order; one that fails does not stop the others. A sync that waits for a table which this run left out is
   * held: its target keeps what it has.
   * rowsIn: rows that differed. rowsOut: rows written. detail.syncs: one SyncOutcome each.
   * @throws the reason of `context.signal` when it is aborted between two syncs; what was confirmed stays confirmed.
   */
  async execute(context: RunContext): Promise<StepOutcome> {
    // Without a service there is no schedule that would look for what earlier runs left behind.
    await this.parts.requests.abandon();
    const due = this.parts.definitions.filter(({ trigger }) => trigger.kind === 'after');
    const outcomes: SyncOutcome[] = [];
    for (const [index, definition] of due.entries()) {
      context.signal.throwIfAborted();
      context.onProgress({ phase: `sync ${definition.name}`, done: index, total: due.length });
      outcomes.push(await this.runOne(definition, context));
    }
    context.onProgress({ phase: 'sync', done: due.length, total: due.length });
    return toStepOutcome(outcomes);
  }

  private async runOne(definition: SyncDefinition, context: RunContext): Promise<SyncOutcome> {
    const { run, ledger } = this.parts;
    const { runId, signal } = context;
    const asked = { runId, trigger: 'pipeline' as const, requestedBy: 'pipeline' };
    const reason = blockedBy(definition, context);
    if (reason !== null) {
      const sync = { name: definition.name, target: definition.target.kind };
      const outcome = blocked(sync, reason);
      await ledger.start({ ...asked, sync: sync.name, target: sync.target });
      await ledger.record(runId, outcome);
      return outcome;
    }
    return await run.execute(definition, { ...asked, signal, onProgress: () => undefined });
  }
}

/** Why a table that the sync waits for was not computed in this run; null when all were. */
function blockedBy({ trigger }: SyncDefinition, { earlier }: RunContext): string | null {
  if (trigger.kind !== 'after') return null;
  const { leftOut } = leftOutDetail.parse(earlier?.get('insight')?.detail ?? {});
  const left = leftOut.find(({ tables }) => tables.some((table) => trigger.models.includes(table)));
  if (left !== undefined) return left.reason;
  const { blocked: broken } = modelDetail.parse(earlier?.get('model')?.detail ?? {});
  const model = broken.find((name) => trigger.models.includes(name));
  return model === undefined ? null : `model ${model} was not built`;
}

function toStepOutcome(outcomes: readonly SyncOutcome[]): StepOutcome {
  const sum = (figure: (outcome: SyncOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + figure(outcome), 0);
  const rowsOut = sum((outcome) => outcome.inserted + outcome.updated + outcome.deleted);
  const rejected = sum((outcome) => outcome.failed);
  const told = outcomes.filter((outcome) => outcome.error !== undefined);
  const error = (told.find((outcome) => outcome.status === 'failed') ?? told[0])?.error;
  return {
    status: overall(outcomes),
    rowsIn: rowsOut + rejected + sum((outcome) => outcome.held),
    rowsOut,
    rejected,
    ...(error === undefined ? {} : { error }),
    detail: { syncs: outcomes },
  };
}
