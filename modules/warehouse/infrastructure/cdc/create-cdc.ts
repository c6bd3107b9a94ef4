import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Logger } from '../../../../src/platform/logging/logging.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import {
  type StreamChangesParts,
  StreamChanges,
  type StreamTimes,
} from '../../application/stream-changes.js';
import type { BatchLimits } from '../../application/change-batches.js';
import { RawStore } from '../raw-store.js';
import { WarehouseSignals } from '../signals.js';
import { postgresSources } from '../sources/catalog.js';
import { Sweeps } from '../sweeps.js';
import { ClickHouseCdcRecords } from './cdc-records.js';
import { RawChangeTarget } from './change-target.js';
import { PostgresChangeLog } from './postgres-change-log.js';
import { SlotMonitor } from './slot-monitor.js';
import { streamerLock } from './streamer-lock.js';
import { ExtractedWhole } from './whole-sources.js';

export interface CdcSettings {
  /** Name of the slot and of the publication. */
  slot: string;
  stageNames: readonly string[];
}

const clock = {
  now: () => new Date().toISOString(),
  elapsedMs: () => performance.now(),
};

export function createSlotMonitor(
  clickhouse: ClickHouse,
  postgres: Postgres,
  settings: CdcSettings,
): SlotMonitor {
  return new SlotMonitor(
    new PostgresChangeLog(postgres, postgresSources, settings.stageNames, settings.slot),
    new ClickHouseCdcRecords(clickhouse, settings.slot),
    new WarehouseSignals(postgres),
    clock.now,
  );
}

/** Change data capture over the Postgres sources of the catalogue. `bound` is what the composition root decides. */
export function createStreamChanges(
  clickhouse: ClickHouse,
  postgres: Postgres,
  settings: CdcSettings,
  bound: Pick<StreamChangesParts, 'betweenRuns' | 'build' | 'handedOver'> & { logger: Logger },
  overrides: { parts?: Partial<StreamChangesParts>; times?: StreamTimes; limits?: BatchLimits } = {},
): StreamChanges {
  const store = new RawStore(clickhouse);
  const sweeps = new Sweeps(clickhouse);
  const signals = new WarehouseSignals(postgres);
  const monitor = createSlotMonitor(clickhouse, postgres, settings);
  const parts: StreamChangesParts = {
    log: new PostgresChangeLog(postgres, postgresSources, settings.stageNames, settings.slot),
    records: new ClickHouseCdcRecords(clickhouse, settings.slot),
    target: new RawChangeTarget(clickhouse, store, settings.stageNames, clock.now),
    // A store of its own: a truncated table is compared while the batch's rows of the same source are staged.
    whole: new ExtractedWhole(postgres, new RawStore(clickhouse), postgresSources, settings.stageNames, {
      log: sweeps,
      intervalSeconds: 0,
      signal: (held, now) => signals.heldSweeps(held, now),
    }),
    onlyStreamer: streamerLock(postgres, settings.slot),
    report: () => monitor.report(),
    clock,
    ...bound,
    ...overrides.parts,
  };
  return new StreamChanges(parts, overrides.times, overrides.limits);
}
