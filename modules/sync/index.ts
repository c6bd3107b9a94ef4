export { definitionJsonSchema, describeSyncs, type SyncDescription } from './application/describe-syncs.js';
export {
  type Pause,
  type QueuedRun,
  type RequestStore,
  selectionSchema,
  type SyncRequest,
} from './application/control-ports.js';
export type { DueSyncs } from './application/due-syncs.js';
export type { PlanRow, Selection, SyncTriggerKind, TargetProblem } from './application/ports.js';
export { type PlanSync, type SyncPlan } from './application/plan-sync.js';
export type { Explanation, ExplainSync } from './application/explain-sync.js';
export type { ReconcileSync } from './application/reconcile-sync.js';
export { type RunSync, type RunSyncRequest } from './application/run-sync.js';
export { RunSyncs } from './application/run-syncs.js';
export type { SyncControls } from './application/sync-controls.js';
export type {
  SyncRejectView,
  SyncRunView,
  SyncStatusReader,
  SyncStatusView,
} from './application/sync-status.js';
export { createSyncs, type SyncOptions, type Syncs, type SyncStores } from './create-syncs.js';
export type { SyncDefinition } from './domain/definition.js';
export type { Hold } from './domain/hold.js';
export type { SyncOutcome, SyncStatus } from './domain/outcome.js';
export {
  isReconciled,
  type Reconciliation,
  reconciliationText,
  repairKeys,
} from './domain/reconciliation.js';
export { selectSyncs } from './domain/select-syncs.js';
export { parseSyncDefinition } from './domain/parse-definition.js';
export { loadSyncDefinitions } from './infrastructure/load-definitions.js';
export { SYNCS, SyncModule } from './sync.module.js';
