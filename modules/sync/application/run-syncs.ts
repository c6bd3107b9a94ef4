import { z } from 'zod';
import { toAppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { SyncDefinition } from '../domain/definition.js';
import {
  blocked,
  type ChangeCounts,
  failed,
  finished,
  overall,
  type SyncOutcome,
} from '../domain/outcome.js';
import type { ChangeStore, SyncLedger, SyncTarget } from './ports.js';

export interface RunSyncsParts {
  definitions: readonly SyncDefinition[];
  changes: ChangeStore;
  targets: Record<SyncDefinition['target']['kind'], SyncTarget>;
  ledger: SyncLedger;
}

const insightDetail = z.object({
  leftOut: z.array(z.object({ tables: z.array(z.string()), reason: z.string() })).default([]),
});

/** Pipeline step 4: brings every target to what its model says. */
export class RunSyncs {
  constructor(private readonly parts: RunSyncsParts) {}

  /**
   * Runs the declared syncs in order; one that fails does not stop the others. Safe to repeat after a kill at any
   * moment: the state knows what is under way before the target is asked and calls it confirmed only after the target
   * committed; rows that are already equal are not written.
   * A sync whose table the insight step left out is held: its target keeps what it has.
   * rowsIn: rows that differed. rowsOut: rows written. detail.syncs: one SyncOutcome each.
   * @throws the reason of `context.signal` when it is aborted between two syncs; what was confirmed stays confirmed.
   */
  async execute(context: RunContext): Promise<StepOutcome> {
    const { definitions, changes, ledger } = this.parts;
    const { leftOut } = insightDetail.parse(context.earlier?.get('insight')?.detail ?? {});
    await changes.dropStale();
    const outcomes: SyncOutcome[] = [];
    for (const [index, definition] of definitions.entries()) {
      context.signal.throwIfAborted();
      context.onProgress({ phase: `sync ${definition.name}`, done: index, total: definitions.length });
      const startedAt = new Date().toISOString();
      const left = leftOut.find(({ tables }) => tables.includes(definition.model));
      const outcome = left
        ? blocked({ name: definition.name, target: definition.target.kind }, left.reason)
        : await this.runOne(definition, context.runId);
      await ledger.record(context.runId, outcome, startedAt);
      outcomes.push(outcome);
    }
    context.onProgress({ phase: 'sync', done: definitions.length, total: definitions.length });
    return toStepOutcome(outcomes);
  }

  private async runOne(definition: SyncDefinition, runId: string): Promise<SyncOutcome> {
    const sync = { name: definition.name, target: definition.target.kind };
    let counts: ChangeCounts | undefined;
    try {
      counts = await this.parts.changes.count(definition);
      if (counts.insert + counts.update + counts.delete + counts.reject === 0) {
        return finished(
          sync,
          { inserted: 0, updated: 0, deleted: 0, unchanged: counts.unchanged, held: 0, heldReason: '' },
          counts,
        );
      }
      return await this.send(definition, runId, counts.unchanged);
    } catch (error) {
      return failed(sync, counts, toAppError(error, 'sync'));
    }
  }

  private async send(definition: SyncDefinition, runId: string, unchanged: number): Promise<SyncOutcome> {
    const staged = await this.parts.changes.stage(definition, runId);
    try {
      await staged.intend(runId);
      const applied = await this.parts.targets[definition.target.kind].apply(definition, staged);
      await staged.confirm(runId);
      if (staged.counts.reject > 0) await staged.keepRejects(runId);
      const sync = { name: definition.name, target: definition.target.kind };
      return finished(sync, { ...applied, unchanged: applied.unchanged + unchanged }, staged.counts);
    } finally {
      // A table that stays behind is dropped by the next run; failing here would hide what really happened.
      await staged.drop().catch(() => undefined);
    }
  }
}

function toStepOutcome(outcomes: readonly SyncOutcome[]): StepOutcome {
  const sum = (figure: (outcome: SyncOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + figure(outcome), 0);
  const rowsOut = sum((outcome) => outcome.inserted + outcome.updated + outcome.deleted);
  const rejected = sum((outcome) => outcome.failed);
  const status = overall(outcomes);
  const told = outcomes.filter((outcome) => outcome.error !== undefined);
  const error = (told.find((outcome) => outcome.status === 'failed') ?? told[0])?.error;
  return {
    status,
    rowsIn: rowsOut + rejected + sum((outcome) => outcome.held),
    rowsOut,
    rejected,
    ...(error === undefined ? {} : { error }),
    detail: { syncs: outcomes },
  };
}
