import { Global, Module } from '@nestjs/common';
import { AlertingModule, ProcessAlerts } from '../modules/alerting/index.js';
import {
  createPipelineRunner,
  PIPELINE_STEPS,
  PipelineRunner,
  type PipelineStep,
} from '../modules/operations/index.js';
import { ComputeInsight, ScoringInsightModule } from '../modules/scoring-insight/index.js';
import { RunSyncs, SyncModule } from '../modules/sync/index.js';
import { BuildModels, ExtractSources, WarehouseModule } from '../modules/warehouse/index.js';
import { CONFIG, ConfigModule } from './config/config.module.js';
import type { Config } from './config/env.js';
import { createLogger, LOGGER } from './platform/logging/logging.js';
import { PlatformModule } from './platform/platform.module.js';
import { Postgres } from './platform/postgres/postgres.js';

const stepModules = [WarehouseModule, ScoringInsightModule, SyncModule, AlertingModule];

/** The five steps in order, a `PipelineStep[]`. */
@Module({
  imports: stepModules,
  providers: [
    {
      provide: PIPELINE_STEPS,
      inject: [ExtractSources, BuildModels, ComputeInsight, RunSyncs, ProcessAlerts],
      useFactory: (
        extract: ExtractSources,
        model: BuildModels,
        insight: ComputeInsight,
        sync: RunSyncs,
        alert: ProcessAlerts,
      ): PipelineStep[] => [
        { name: 'extract', execute: (context) => extract.execute(context) },
        { name: 'model', execute: (context) => model.execute(context) },
        { name: 'insight', execute: (context) => insight.execute(context) },
        { name: 'sync', execute: (context) => sync.execute(context) },
        { name: 'alert', execute: (context) => alert.execute(context) },
      ],
    },
  ],
  exports: [PIPELINE_STEPS, ...stepModules],
})
export class PipelineModule {}

/** Logs of a command: a person watches the progress, so the service's info lines would only be noise. */
@Global()
@Module({
  providers: [
    {
      provide: LOGGER,
      inject: [CONFIG],
      useFactory: (config: Config) => createLogger(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL),
    },
  ],
  exports: [LOGGER],
})
class CommandLoggingModule {}

/** What a command needs: the stores, the steps and a runner; no HTTP, no queue, no schedule. */
@Module({
  imports: [ConfigModule, CommandLoggingModule, PlatformModule, PipelineModule],
  providers: [
    { provide: PipelineRunner, inject: [Postgres, PIPELINE_STEPS, LOGGER], useFactory: createPipelineRunner },
  ],
})
export class CommandModule {}
