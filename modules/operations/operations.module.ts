import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { HEALTH_CHECKS, HealthChecks } from '../../src/platform/health/health.js';
import { Startup, STARTUP_TASKS, type StartupTask } from '../../src/platform/health/startup.js';
import { LOGGER, type Logger } from '../../src/platform/logging/logging.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { JOB_QUEUE, type JobQueue } from '../../src/platform/queue/job-queue.js';
import {
  BuildModels,
  createReplayRejects,
  createSlotMonitor,
  RaiseSignals,
  ReplayRejects,
  type Stage,
  STAGES,
  WarehouseModule,
  WarehouseStatus,
} from '../warehouse/index.js';
import { ScoringInsightModule } from '../scoring-insight/index.js';
import { SyncModule, type Syncs, SYNCS } from '../sync/index.js';
import { PipelineRunner } from './application/pipeline-runner.js';
import { type LockWait, PIPELINE_STEPS, RUN_LEDGER, type RunLedger } from './application/ports.js';
import { RequestRun } from './application/request-run.js';
import { RequestSync } from './application/request-sync.js';
import type { PipelineStep } from './domain/run.js';
import { DealsController } from './http/deals.controller.js';
import { EntitiesController } from './http/entities.controller.js';
import { ForecastController } from './http/forecast.controller.js';
import { HealthController } from './http/health.controller.js';
import { InsightsController } from './http/insights.controller.js';
import { ModelsController } from './http/models.controller.js';
import { NetworkEffectsController } from './http/network-effects.controller.js';
import { RejectsController } from './http/rejects.controller.js';
import { RunsController } from './http/runs.controller.js';
import { SweepsController } from './http/sweeps.controller.js';
import { SyncsController } from './http/syncs.controller.js';
import { WarehouseController } from './http/warehouse.controller.js';
import { ApiKeys } from './infrastructure/api-keys.js';
import { DealHealthPages } from './infrastructure/deal-health.js';
import { EntityInsights } from './infrastructure/entity-insights.js';
import { Metrics } from './infrastructure/metrics.js';
import { PostgresRunLedger } from './infrastructure/postgres-run-ledger.js';
import { PostgresRunLock } from './infrastructure/postgres-run-lock.js';
import { FreshnessTick } from './jobs/freshness-tick.js';
import { ChangeStreaming, createChangeStreaming } from './jobs/change-streaming.js';
import { ScheduleTick } from './jobs/schedule-tick.js';
import { SyncTick } from './jobs/sync-tick.js';
import { ServiceLifecycle } from './service-lifecycle.js';

export interface OperationsModuleOptions {
  role: Config['APP_ROLE'];
  /** Modules that export what `providers` inject. */
  imports: NonNullable<ModuleMetadata['imports']>;
  /** Providers of PIPELINE_STEPS, INSIGHT_READER and STARTUP_TASKS. */
  providers: Provider[];
}

/** A runner as the command line uses it: no queue, no metrics. */
export function createPipelineRunner(
  postgres: Postgres,
  steps: readonly PipelineStep[],
  logger: Logger,
): PipelineRunner {
  return new PipelineRunner(new PostgresRunLedger(postgres), new PostgresRunLock(postgres), steps, {
    logger,
  });
}

/** Replays of rejects that wait `waitMs` for a run in progress, and none begins before they end. */
export function createReplay(
  config: Pick<Config, 'SOURCES_DIR'>,
  clickhouse: ClickHouse,
  postgres: Postgres,
  stages: readonly Stage[],
  wait: Omit<LockWait, 'signal'>,
): ReplayRejects {
  const lock = new PostgresRunLock(postgres);
  return createReplayRejects(config, clickhouse, stages, (work) =>
    lock.hold({ ...wait, signal: new AbortController().signal }, work),
  );
}

/**
 * Runs, HTTP, health and metrics. Needs the global CONFIG, LOGGER, JOB_QUEUE, GRAPH, ClickHouse and Postgres, and
 * ScheduleModule. A process of role worker serves health and metrics only.
 */
@Module({})
export class OperationsModule {
  static register({ role, imports, providers }: OperationsModuleOptions): DynamicModule {
    const api = [
      RunsController,
      EntitiesController,
      InsightsController,
      ModelsController,
      DealsController,
      ForecastController,
      NetworkEffectsController,
      WarehouseController,
      RejectsController,
      SweepsController,
      SyncsController,
    ];
    return {
      module: OperationsModule,
      imports: [ScoringInsightModule, WarehouseModule, SyncModule, ...imports],
      controllers: role === 'worker' ? [HealthController] : [HealthController, ...api],
      providers: [...providers, ...ownProviders],
      exports: [PipelineRunner, RUN_LEDGER],
    };
  }
}

const ownProviders: Provider[] = [
  {
    provide: HEALTH_CHECKS,
    inject: [ClickHouse, Postgres, GRAPH, JOB_QUEUE],
    useFactory: (clickhouse: ClickHouse, postgres: Postgres, graph: Graph, queue: JobQueue) =>
      new HealthChecks([
        { name: 'clickhouse', ping: () => clickhouse.ping() },
        { name: 'postgres', ping: () => postgres.ping() },
        { name: 'graph', ping: () => graph.ping() },
        { name: 'queue', ping: () => queue.ping() },
      ]),
  },
  {
    provide: Startup,
    inject: [STARTUP_TASKS, LOGGER],
    useFactory: (tasks: StartupTask[], logger: Logger) => new Startup(tasks, logger),
  },
  {
    provide: Metrics,
    inject: [HEALTH_CHECKS, WarehouseStatus, CONFIG, ClickHouse, Postgres],
    useFactory: (
      health: HealthChecks,
      warehouse: WarehouseStatus,
      config: Config,
      clickhouse: ClickHouse,
      postgres: Postgres,
    ) => {
      const slot = { slot: config.CDC_SLOT, stageNames: [] };
      const monitor = config.CDC === 'on' ? createSlotMonitor(clickhouse, postgres, slot) : undefined;
      return new Metrics(
        health,
        () => warehouse.freshness(new Date().toISOString()),
        monitor && (() => monitor.look()),
      );
    },
  },
  {
    provide: ReplayRejects,
    inject: [CONFIG, ClickHouse, Postgres, STAGES],
    useFactory: (config: Config, clickhouse: ClickHouse, postgres: Postgres, stages: Stage[]) =>
      createReplay(config, clickhouse, postgres, stages, { waitMs: 5_000, onWait: () => undefined }),
  },
  { provide: ApiKeys, inject: [CONFIG], useFactory: (config: Config) => ApiKeys.fromConfig(config) },
  {
    provide: RUN_LEDGER,
    inject: [Postgres],
    useFactory: (postgres: Postgres) => new PostgresRunLedger(postgres),
  },
  {
    provide: DealHealthPages,
    inject: [Postgres],
    useFactory: (postgres: Postgres) => new DealHealthPages(postgres),
  },
  {
    provide: EntityInsights,
    inject: [Postgres],
    useFactory: (postgres: Postgres) => new EntityInsights(postgres),
  },
  {
    provide: PipelineRunner,
    inject: [CONFIG, RUN_LEDGER, Postgres, PIPELINE_STEPS, LOGGER, Metrics],
    useFactory: (
      config: Config,
      ledger: RunLedger,
      postgres: Postgres,
      steps: PipelineStep[],
      logger: Logger,
      observer: Metrics,
    ) =>
      new PipelineRunner(ledger, new PostgresRunLock(postgres), steps, {
        logger,
        observer,
        // Builds after streamed batches hold the lock most of the time, each for a moment.
        ...(config.CDC === 'on' ? { scheduledLockWaitMs: 60_000 } : {}),
      }),
  },
  {
    provide: RequestRun,
    inject: [PipelineRunner, RUN_LEDGER, JOB_QUEUE],
    useFactory: (runner: PipelineRunner, ledger: RunLedger, queue: JobQueue) =>
      new RequestRun(runner, ledger, queue),
  },
  {
    provide: RequestSync,
    inject: [SYNCS, JOB_QUEUE],
    useFactory: ({ requests }: Syncs, queue: JobQueue) => new RequestSync(requests, queue),
  },
  {
    provide: SyncTick,
    inject: [SYNCS, RequestSync, LOGGER],
    useFactory: ({ due }: Syncs, requestSync: RequestSync, logger: Logger) =>
      new SyncTick(due, requestSync, logger),
  },
  {
    provide: ScheduleTick,
    inject: [CONFIG, RequestRun, LOGGER],
    useFactory: (config: Config, requestRun: RequestRun, logger: Logger) =>
      new ScheduleTick(config.PIPELINE_INTERVAL_SECONDS, requestRun, logger),
  },
  {
    provide: FreshnessTick,
    inject: [RaiseSignals, LOGGER],
    useFactory: (signals: RaiseSignals, logger: Logger) => new FreshnessTick(signals, logger),
  },
  {
    provide: ChangeStreaming,
    inject: [CONFIG, ClickHouse, Postgres, STAGES, BuildModels, RequestRun, LOGGER],
    useFactory: (
      config: Config,
      clickhouse: ClickHouse,
      postgres: Postgres,
      stages: Stage[],
      models: BuildModels,
      requestRun: RequestRun,
      logger: Logger,
    ) => {
      if (config.CDC === 'off') return new ChangeStreaming(null);
      const settings = { slot: config.CDC_SLOT, stageNames: stages.map((stage) => stage.name) };
      return createChangeStreaming({ clickhouse, postgres }, settings, models, requestRun, logger);
    },
  },
  {
    provide: ServiceLifecycle,
    inject: [
      CONFIG,
      Startup,
      JOB_QUEUE,
      PipelineRunner,
      SYNCS,
      ScheduleTick,
      FreshnessTick,
      SyncTick,
      ChangeStreaming,
      SchedulerRegistry,
      LOGGER,
    ],
    useFactory: (
      config: Config,
      startup: Startup,
      queue: JobQueue,
      runner: PipelineRunner,
      syncs: Syncs,
      schedule: ScheduleTick,
      freshness: FreshnessTick,
      syncTick: SyncTick,
      streaming: ChangeStreaming,
      scheduler: SchedulerRegistry,
      logger: Logger,
    ) =>
      new ServiceLifecycle(
        config,
        startup,
        queue,
        { runner, syncs },
        { schedule, freshness, syncTick },
        streaming,
        scheduler,
        logger,
      ),
  },
];
