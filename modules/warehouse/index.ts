export { BuildModels } from './application/build-models.js';
export { ExtractSources } from './application/extract-sources.js';
export { describeModels, describeSources } from './infrastructure/describe.js';
export { listRejects, type Reject } from './infrastructure/rejects.js';
export type { Stage } from './domain/stages.js';
export { loadStages } from './infrastructure/stages-file.js';
export { STAGES, WarehouseModule } from './warehouse.module.js';
