import { randomUUID } from 'node:crypto';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { Logger } from '../../../src/platform/logging/logging.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import {
  type BetweenRuns,
  type BuildModels,
  createStreamChanges,
  type StreamChanges,
} from '../../warehouse/index.js';
import type { RequestRun } from '../application/request-run.js';
import { PostgresRunLock } from '../infrastructure/postgres-run-lock.js';

const BUILD_WAIT_MS = 10 * 60_000;

/** Change data capture beside the runs: streams until it is told to stop. Without a stream (CDC=off) it does nothing. */
export class ChangeStreaming {
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly stream: StreamChanges | null) {}

  start(signal: AbortSignal): void {
    if (this.stream) this.running = this.stream.run(signal);
  }

  /** Resolves when the stream has let go. */
  async stopped(): Promise<void> {
    await this.running;
  }
}

/** Streaming that shares the run lock: it reads sources whole and builds models only while no run executes. */
export function createChangeStreaming(
  stores: { clickhouse: ClickHouse; postgres: Postgres },
  settings: { slot: string; stageNames: readonly string[] },
  models: BuildModels,
  requestRun: RequestRun,
  logger: Logger,
): ChangeStreaming {
  const lock = new PostgresRunLock(stores.postgres);
  const betweenRuns: BetweenRuns = (wait, work) => lock.hold({ ...wait, onWait: () => undefined }, work);
  const build = async (signal: AbortSignal): Promise<void> => {
    const outcome = await betweenRuns({ waitMs: BUILD_WAIT_MS, signal }, (lost) =>
      models.execute({
        runId: randomUUID(),
        asOf: new Date().toISOString(),
        signal: AbortSignal.any([signal, lost]),
        onProgress: () => undefined,
      }),
    );
    if (outcome?.error) logger.error({ error: outcome.error }, 'models after streamed changes');
  };
  return new ChangeStreaming(
    createStreamChanges(stores.clickhouse, stores.postgres, settings, {
      betweenRuns,
      build,
      handedOver: async (reason) => {
        await requestRun.execute({ trigger: 'cdc', requestedBy: `cdc: ${reason}` });
      },
      logger,
    }),
  );
}
