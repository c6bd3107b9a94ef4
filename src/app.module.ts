import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { INSIGHT_READER, OperationsModule, pipelineRunJob, syncRunJob } from '../modules/operations/index.js';
import { InsightReader } from '../modules/scoring-insight/index.js';
import { CONFIG, ConfigModule } from './config/config.module.js';
import type { Config } from './config/env.js';
import { STARTUP_TASKS, type StartupTask } from './platform/health/startup.js';
import { LoggingModule } from './platform/logging/logging.module.js';
import { PipelineModule } from './pipeline.module.js';
import { PlatformModule, STORES } from './platform/platform.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import type { Stores } from './platform/stores.js';

/** Every job of the service; each needs a handler in the roles all and worker. */
const jobs = [pipelineRunJob, syncRunJob];

const wiring: Provider[] = [
  { provide: INSIGHT_READER, useExisting: InsightReader },
  {
    provide: STARTUP_TASKS,
    inject: [STORES],
    useFactory: (stores: Stores): StartupTask[] =>
      Object.entries(stores.migrations).map(([name, migrate]) => ({
        name,
        run: async () => void (await migrate()),
      })),
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
          imports: [PipelineModule],
          providers: wiring,
        }),
      ],
    };
  }
}
