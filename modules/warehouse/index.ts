export { BuildModels, type ModelReport } from './application/build-models.js';
export { ExtractSources } from './application/extract-sources.js';
export { RaiseSignals } from './application/raise-signals.js';
export type { Freshness } from './domain/freshness.js';
export type { BetweenRuns } from './application/cdc-ports.js';
export type { StreamChanges } from './application/stream-changes.js';
export { createSlotMonitor, createStreamChanges } from './infrastructure/cdc/create-cdc.js';
export type { SlotLook, SlotMonitor } from './infrastructure/cdc/slot-monitor.js';
export { describeModels, describeSources, lineage, selectModels } from './infrastructure/describe.js';
export { readModelStep, type ModelStep } from './infrastructure/model-step.js';
export { ReplayRejects, type ReplayReport } from './application/replay-rejects.js';
export {
  listRejects,
  pageRejects,
  parsePlace,
  type Reject,
  REJECT_STATUSES,
} from './infrastructure/rejects.js';
export { Sweeps, type Sweep } from './infrastructure/sweeps.js';
export {
  WarehouseStatus,
  type LatestTestResult,
  type ModelStatus,
} from './infrastructure/warehouse-status.js';
export type { Stage } from './domain/stages.js';
export { loadStages } from './infrastructure/stages-file.js';
export { createReplayRejects, STAGES, WarehouseModule } from './warehouse.module.js';
