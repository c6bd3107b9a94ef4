import { BullModule, getQueueToken } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Queue } from 'bull';
import { AppError } from '../../kernel/errors.js';
import { LOGGER, type Logger } from '../logging/logging.js';
import { BullJobQueue, bullOptions } from './bull-job-queue.js';
import { InProcessJobQueue } from './in-process-job-queue.js';
import { JOB_QUEUE, type JobDefinition } from './job-queue.js';

export interface QueueModuleOptions {
  /** Absent: jobs run in this process. */
  redisUrl: string | undefined;
  role: 'all' | 'api' | 'worker';
  /** Every job of the service. */
  jobs: readonly JobDefinition<unknown>[];
}

/** Provides JOB_QUEUE everywhere: Bull on Redis, or the queue in this process. */
@Module({})
export class QueueModule {
  static register({ redisUrl, role, jobs }: QueueModuleOptions): DynamicModule {
    if (redisUrl === undefined) {
      if (role === 'api') {
        throw new AppError({
          class: 'configuration',
          source: 'config',
          code: 'invalid_environment',
          message:
            'Refusing to start. APP_ROLE is api and REDIS_URL is not set: no worker would get its jobs.',
        });
      }
      const provider = {
        provide: JOB_QUEUE,
        inject: [LOGGER],
        useFactory: (logger: Logger) => new InProcessJobQueue(jobs, logger),
      };
      return { module: QueueModule, global: true, providers: [provider], exports: [JOB_QUEUE] };
    }
    const names = jobs.map((job) => job.name);
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot(bullOptions(redisUrl)),
        BullModule.registerQueue(...names.map((name) => ({ name }))),
      ],
      providers: [
        {
          provide: JOB_QUEUE,
          inject: [LOGGER, ...names.map((name) => getQueueToken(name))],
          useFactory: (logger: Logger, ...queues: Queue[]) =>
            new BullJobQueue(jobs, new Map(queues.map((queue) => [queue.name, queue])), logger),
        },
      ],
      exports: [JOB_QUEUE],
    };
  }
}
