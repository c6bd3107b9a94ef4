export { describeSyncs, type SyncDescription } from './application/describe-syncs.js';
export { RunSyncs } from './application/run-syncs.js';
export { createRunSyncs, type SyncStores } from './create-run-syncs.js';
export { parseSyncDefinition, type SyncDefinition } from './domain/definition.js';
export type { SyncOutcome, SyncStatus } from './domain/outcome.js';
export { loadSyncDefinitions } from './infrastructure/load-definitions.js';
export { SyncModule } from './sync.module.js';
