import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AlertingModule, ProcessAlerts } from '../modules/alerting/index.js';
import {
  INSIGHT_READER,
  OperationsModule,
  PIPELINE_STEPS,
  pipelineRunJob,
  type PipelineStep,
} from '../modules/operations/index.js';
import { ComputeInsight, InsightReader, ScoringInsightModule } from '../modules/scoring-insight/index.js';
import { RunSyncs, SyncModule } from '../modules/sync/index.js';
import { BuildModels, ExtractSources, WarehouseModule } from '../modules/warehouse/index.js';
import { CONFIG, ConfigModule } from './config/config.module.js';
import type { Config } from './config/env.js';
import { STARTUP_TASKS, type StartupTask } from './platform/health/startup.js';
import { LoggingModule } from './platform/logging/logging.module.js';
import { PlatformModule, STORES } from './platform/platform.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import type { Stores } from './platform/stores.js';

/** Every job of the service; each needs a handler in the roles all and worker. */
const jobs = [pipelineRunJob];

const wiring: Provider[] = [
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
  { provide: INSIGHT_READER, useExisting: InsightReader },
  {
    provide: STARTUP_TASKS,
    inject: [STORES],
    useFactory: (stores: Stores): StartupTask[] => [
      { name: 'stores', run: async () => void (await stores.migrate()) },
    ],
  },
];

/** The whole service. */
@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        { module: ConfigModule, providers: [{ provide: CONFIG, useValue: config }] },
        LoggingModule,
        PlatformModule,
        ScheduleModule.forRoot(),
        QueueModule.register({ redisUrl: config.REDIS_URL, role: config.APP_ROLE, jobs }),
        OperationsModule.register({
          role: config.APP_ROLE,
          imports: [WarehouseModule, ScoringInsightModule, SyncModule, AlertingModule],
          providers: wiring,
        }),
      ],
    };
  }
}
