import { z } from 'zod';
import type {
  Hold,
  PlanRow,
  SyncOutcome,
  SyncPlan,
  SyncRejectView,
  SyncRunView,
  SyncStatusView,
} from '../../sync/index.js';
import { selectionSchema } from '../../sync/index.js';
import { syncExamples } from './sync-examples.js';

const instant = z.iso.datetime({ offset: true });
const count = z.number().int().nonnegative();
const failure = z.object({ class: z.string(), code: z.string(), message: z.string() });
const errorClass = z.enum(['transient', 'rejected', 'configuration', 'bug']);
const timings = z.record(z.string(), z.number()).describe('milliseconds by phase');
const mode = z.enum(['upsert', 'update', 'insert', 'mirror']);
const status = z.enum(['succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped']);

export const syncParam = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

export const syncQuery = z.strictObject({
  runs: z.coerce.number().int().min(0).max(100).default(5).describe('how many runs of each sync'),
});
export type SyncQuery = z.output<typeof syncQuery>;

export const syncRejectQuery = z.strictObject({
  code: z.string().max(64).optional().describe('only this error code'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type SyncRejectQuery = z.output<typeof syncRejectQuery>;

export const planRowsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type PlanRowsQuery = z.output<typeof planRowsQuery>;

/** One value for each key column, in their order. */
export const explainQuery = z.strictObject({
  key: z.union([z.string().transform((key) => [key]), z.array(z.string()).min(1).max(20)]),
});
export type ExplainQuery = z.output<typeof explainQuery>;

/** Absent body: what differs. */
export const newSyncRun = selectionSchema.prefault({});
export type NewSyncRun = z.output<typeof newSyncRun>;

export const newPlan = selectionSchema.pick({ full: true, limit: true }).prefault({});
export type NewPlan = z.output<typeof newPlan>;

/** Absent body: whatever is held. */
export const holdDecision = z
  .strictObject({
    runId: z.guid().optional().describe('the held run that you saw; refused when another is held by now'),
  })
  .prefault({});
export type HoldDecisionBody = z.output<typeof holdDecision>;

const pause = z.object({ at: instant, by: z.string().describe('name of the key, or cli: and the user') });
const hold = z.object({
  sync: z.string(),
  runId: z.guid(),
  mappingHash: z.string(),
  creates: count,
  updates: count,
  deletes: count,
  reason: z.string(),
  heldAt: instant,
  state: z.enum(['held', 'released', 'rejected']),
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
}) satisfies z.ZodType<Hold>;
const figures = {
  inserted: count,
  updated: count,
  deleted: count,
  unchanged: count,
  failed: count,
  held: count,
};
const run = z.object({
  runId: z.guid(),
  sync: z.string(),
  target: z.string(),
  status: z.enum([...status.options, 'queued', 'running']),
  trigger: z.string(),
  requestedBy: z.string(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  ...figures,
  reason: z.string().nullable(),
  error: failure.nullable(),
  timings,
  rowsPerSecond: count.nullable(),
  cancelRequestedAt: instant.nullable(),
  cancelledBy: z.string().nullable(),
}) satisfies z.ZodType<SyncRunView>;
const sync = z.object({
  name: z.string(),
  description: z.string(),
  owner: z.string(),
  tags: z.array(z.string()),
  mode,
  target: z.string(),
  trigger: z.string(),
  nextRunAt: instant.nullable(),
  paused: pause.nullable(),
  hold: hold.nullable(),
  holder: z.object({ runId: z.guid(), expiresAt: instant }).nullable(),
  openRejects: count.nullable().describe('null while the warehouse does not answer'),
  runs: z.array(run),
}) satisfies z.ZodType<SyncStatusView>;
const reject = z.object({
  sync: z.string(),
  key: z.array(z.string()),
  error: failure,
  attempts: count,
  firstRejectedAt: z.string(),
  rejectedAt: z.string(),
  runId: z.guid(),
  payload: z.string().describe('the row as it was to be sent'),
}) satisfies z.ZodType<SyncRejectView>;
const plan = z.object({
  id: z.guid(),
  sync: z.string(),
  createdAt: instant,
  counts: z.object({
    insert: count,
    update: count,
    delete: count,
    unchanged: count,
    reject: count,
    remapped: count,
    requested: count,
    model: count,
    confirmed: count,
  }),
  actions: z.array(z.object({ op: z.string(), action: z.string(), rows: count })),
  fields: z.array(z.object({ field: z.string(), rows: count })),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<SyncPlan>;
const planRow = z.object({
  op: z.string(),
  action: z.string(),
  reason: z.string(),
  key: z.array(z.string()),
  fields: z.array(
    z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
}) satisfies z.ZodType<PlanRow>;
const outcome = z.object({
  name: z.string(),
  target: z.string(),
  status,
  ...figures,
  reason: z.string(),
  error: failure.extend({ class: errorClass }).optional(),
  timings,
}) satisfies z.ZodType<SyncOutcome>;

/** Bodies of the answers, for the API description. */
export const syncAnswers = {
  syncs: z.object({ syncs: z.array(sync) }).meta({ examples: [syncExamples.syncs] }),
  sync: sync.meta({ examples: [syncExamples.sync] }),
  run: run.meta({ examples: [syncExamples.run] }),
  rejects: z.object({ rejects: z.array(reject) }).meta({ examples: [syncExamples.rejects] }),
  plan: plan.meta({ examples: [syncExamples.plan] }),
  planRows: z.object({ rows: z.array(planRow) }).meta({ examples: [syncExamples.planRows] }),
  explanation: z
    .looseObject({ verdict: z.string(), sentence: z.string(), sync: z.string(), key: z.array(z.string()) })
    .meta({ examples: [syncExamples.explanation] }),
  reconciliation: z
    .looseObject({
      sync: z.string(),
      reconciled: z.boolean(),
      buckets: z.object({ compared: z.int(), differing: z.int() }),
      modelRows: z.int(),
      targetRows: z.int(),
    })
    .meta({ examples: [syncExamples.reconciliation] }),
  outcome: outcome.meta({ examples: [syncExamples.outcome] }),
  paused: z
    .object({ sync: z.string(), paused: pause.nullable() })
    .meta({ examples: [{ sync: 'deal_health', paused: syncExamples.pause }] }),
  hold: hold.meta({ examples: [syncExamples.hold] }),
  cancelled: z
    .object({
      sync: z.string(),
      runs: z.array(z.object({ runId: z.guid(), status: z.enum(['queued', 'running']) })),
    })
    .meta({
      examples: [{ sync: 'deal_health', runs: [{ runId: syncExamples.run.runId, status: 'running' }] }],
    }),
};
