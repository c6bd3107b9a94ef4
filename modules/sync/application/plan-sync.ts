import { randomUUID } from 'node:crypto';
import { AppError } from '../../../src/kernel/errors.js';
import type { OnProgress } from '../../../src/kernel/progress.js';
import type { SyncDefinition, TargetKind } from '../domain/definition.js';
import { guardReasons } from '../domain/guard.js';
import type { ChangeCounts, SyncOutcome } from '../domain/outcome.js';
import type {
  ChangeStore,
  PlanRow,
  PlanStore,
  PreviewTotals,
  Selection,
  StagedChanges,
  StoredPlan,
  SyncTarget,
} from './ports.js';
import type { RunSync } from './run-sync.js';

export interface PlanSyncParts {
  definitions: readonly SyncDefinition[];
  changes: ChangeStore;
  targets: Record<TargetKind, SyncTarget>;
  plans: PlanStore;
  run: RunSync;
}

export interface SyncPlan {
  id: string;
  sync: string;
  createdAt: string;
  counts: ChangeCounts;
  /** Rows by what the difference asks for and what the target would make of it. */
  actions: PreviewTotals['actions'];
  /** How many updated rows change each field. */
  fields: PreviewTotals['fields'];
  /** Why a run by itself would be held, and what else a person should know. */
  warnings: string[];
}

interface Asked {
  by: string;
  /** ISO 8601 UTC. */
  now: string;
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** What a sync would do, and doing exactly that. */
export class PlanSync {
  constructor(private readonly parts: PlanSyncParts) {}

  /**
   * Writes neither state nor target. The rows stay in the warehouse for a week; `rows` reads them. With `keep: false`
   * nothing stays, and there is nothing to apply.
   * @throws AppError configuration when definition, model and target do not fit.
   */
  async plan(
    definition: SyncDefinition,
    asked: Asked & { selection?: Selection; keep?: boolean },
  ): Promise<SyncPlan> {
    const { changes, plans, targets } = this.parts;
    const target = targets[definition.target.kind];
    const problems = [...(await changes.check(definition)), ...(await target.check(definition))];
    const broken = problems.find((problem) => problem.severity === 'error');
    if (broken !== undefined) throw refusal('configuration', broken.code, broken.message);
    const id = randomUUID();
    const selection = asked.selection ?? {};
    asked.onProgress({ phase: `plan ${definition.name}: difference`, done: 0 });
    // Token 0: a plan is no run, and nothing of it is ever under way.
    const staged = await changes.stage(definition, { runId: id, token: '0' }, selection);
    try {
      asked.signal.throwIfAborted();
      asked.onProgress({ phase: `plan ${definition.name}: target`, done: 0 });
      const keep = asked.keep ?? true;
      const totals = await staged.preview(previewOf(definition, target, staged), keep ? id : undefined);
      const plan: StoredPlan = {
        id,
        sync: definition.name,
        status: 'ready',
        mappingHash: definition.mappingHash,
        changesHash: totals.changesHash,
        targetHash: totals.targetHash,
        selection,
        counts: { ...staged.counts },
        createdBy: asked.by,
        createdAt: asked.now,
      };
      if (keep) await plans.save(plan);
      const { counts } = staged;
      const warnings = [
        ...problems.map((problem) => problem.message),
        ...guardReasons(definition.guard, counts).map((reason) => `A run would be held: ${reason}.`),
        ...(target.preview ? [] : ['The target cannot be read: present values are not known.']),
      ];
      const { actions, fields } = totals;
      return { id, sync: definition.name, createdAt: asked.now, counts, actions, fields, warnings };
    } finally {
      await staged.drop();
    }
  }

  async rows(planId: string, options: { limit: number }): Promise<PlanRow[]> {
    return await this.parts.plans.rows(planId, options);
  }

  /**
   * Does what the plan says, once: under the sync's lease the difference and the target are looked at again, and when
   * either is not what it was nothing is written.
   * Errors: rejected `plan_unknown`, `plan_used`, `plan_definition_changed`; the outcome has `plan_source_moved` or
   * `plan_target_moved`.
   */
  async apply(planId: string, asked: Asked): Promise<SyncOutcome> {
    const { plans, definitions, run, targets } = this.parts;
    const found = await plans.find(planId);
    if (found === null) throw refusal('rejected', 'plan_unknown', `There is no plan ${planId}.`);
    const definition = definitions.find(({ name }) => name === found.sync);
    if (definition?.mappingHash !== found.mappingHash)
      throw refusal(
        'rejected',
        'plan_definition_changed',
        `The definition of ${found.sync} has changed since.`,
      );
    const plan = await plans.claim(planId, asked.by, asked.now);
    if (plan === null)
      throw refusal(
        'rejected',
        'plan_used',
        `Plan ${planId} was applied or refused already; make a new one.`,
      );
    let approved = false;
    const target = targets[definition.target.kind];
    const outcome = await run.execute(definition, {
      runId: planId,
      trigger: 'apply',
      requestedBy: asked.by,
      selection: plan.selection,
      signal: asked.signal,
      onProgress: asked.onProgress,
      approve: async (staged) => {
        const now = await staged.preview(previewOf(definition, target, staged));
        if (now.changesHash !== plan.changesHash) throw moved(plan, 'plan_source_moved', 'The model');
        if (now.targetHash !== plan.targetHash) throw moved(plan, 'plan_target_moved', 'The target');
        approved = true;
      },
    });
    const isMoved =
      outcome.error?.code === 'plan_source_moved' || outcome.error?.code === 'plan_target_moved';
    // A run that never began (paused, a store that did not answer) has used up nothing.
    await plans.settle(planId, approved ? 'applied' : isMoved ? 'refused' : 'ready');
    return outcome;
  }
}

const previewOf = (definition: SyncDefinition, target: SyncTarget, staged: StagedChanges) =>
  target.preview &&
  ((range: Parameters<NonNullable<SyncTarget['preview']>>[2]) => preview(target, definition, staged, range));

async function preview(
  target: SyncTarget,
  definition: SyncDefinition,
  staged: StagedChanges,
  range: Parameters<NonNullable<SyncTarget['preview']>>[2],
) {
  if (target.preview === undefined) throw new Error('a target that cannot be read was asked for a preview');
  return await target.preview(definition, staged, range);
}

const moved = (plan: StoredPlan, code: string, what: string) =>
  refusal('rejected', code, `${what} is not what plan ${plan.id} saw; nothing was written. Make a new plan.`);

const refusal = (kind: 'rejected' | 'configuration', code: string, message: string) =>
  new AppError({ class: kind, source: 'sync', code, message });
