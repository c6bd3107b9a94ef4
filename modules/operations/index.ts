export {
  PipelineRunner,
  type ExecuteOptions,
  type PipelineRunnerOptions,
  type RunObserver,
  type RunRequest,
} from './application/pipeline-runner.js';
export {
  INSIGHT_READER,
  PIPELINE_STEPS,
  RUN_LEDGER,
  type InsightReader,
  type RunLedger,
  type RunLock,
} from './application/ports.js';
export { pipelineRunJob, RequestRun } from './application/request-run.js';
export { RequestSync, syncRunJob } from './application/request-sync.js';
export {
  RUN_STATUSES,
  STEP_NAMES,
  type AlertFigures,
  type Failure,
  type PipelineStep,
  type Run,
  type RunStatus,
  type RunStep,
  type StepName,
  type StepStatus,
  type SyncFigures,
  type Trigger,
} from './domain/run.js';
export { configureHttp } from './http/configure-http.js';
export { readOrCreateApiKey } from './infrastructure/api-keys.js';
export { PostgresRunLedger } from './infrastructure/postgres-run-ledger.js';
export { PostgresRunLock } from './infrastructure/postgres-run-lock.js';
export {
  createPipelineRunner,
  createReplay,
  OperationsModule,
  type OperationsModuleOptions,
} from './operations.module.js';
