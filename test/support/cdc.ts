import { z } from 'zod';
import { parseLsn } from '../../modules/warehouse/domain/cdc.js';
import type { SourceColumn } from '../../modules/warehouse/domain/source.js';
import type { StreamChangesParts } from '../../modules/warehouse/application/stream-changes.js';
import { ClickHouseCdcRecords } from '../../modules/warehouse/infrastructure/cdc/cdc-records.js';
import {
  createSlotMonitor,
  createStreamChanges,
} from '../../modules/warehouse/infrastructure/cdc/create-cdc.js';
import type { SlotMonitor } from '../../modules/warehouse/infrastructure/cdc/slot-monitor.js';
import { postgresSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import { loadStages } from '../../modules/warehouse/infrastructure/stages-file.js';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import type { Postgres } from '../../src/platform/postgres/postgres.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { eventually } from './async.js';

const stageNames = loadStages(undefined).map((stage) => stage.name);
const TIMES = {
  tickMs: 20,
  checkMs: 100,
  freshMs: 60_000,
  buildPauseMs: 10,
  lockRetryMs: 100,
  retryMs: 50,
  longestRetryMs: 300,
  runWaitMs: 20_000,
};
const logLine = z.object({
  level: z.string(),
  msg: z.string(),
  code: z.string().optional(),
  source: z.string().optional(),
  err: z.object({ source: z.string().optional() }).optional(),
});
const LIMITS = { ageMs: 60, rows: 5_000, chunk: 200_000 };

export interface StreamingOptions {
  parts?: (made: object) => Partial<StreamChangesParts>;
  times?: Partial<typeof TIMES>;
  limits?: Partial<typeof LIMITS>;
  stages?: readonly string[];
  build?: () => Promise<void>;
}

/** Change data capture over a product and a warehouse of one's own, fast enough for tests. */
export class Streaming {
  readonly reasons: string[] = [];
  /** What was logged, from level info on. */
  readonly logged: { level: string; msg: string; source?: string | undefined; code?: string | undefined }[] =
    [];
  readonly monitor: SlotMonitor;
  readonly records: ClickHouseCdcRecords;
  private current: { stop: AbortController; done: Promise<void> } | undefined;

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly postgres: Postgres,
    readonly slot: string,
  ) {
    this.records = new ClickHouseCdcRecords(clickhouse, slot);
    this.monitor = createSlotMonitor(clickhouse, postgres, { slot, stageNames });
  }

  start(options: StreamingOptions = {}): void {
    const stop = new AbortController();
    const stream = createStreamChanges(
      this.clickhouse,
      this.postgres,
      { slot: this.slot, stageNames: options.stages ?? stageNames },
      {
        betweenRuns: (_wait, work) => work(new AbortController().signal),
        build: options.build ?? (() => Promise.resolve()),
        handedOver: (reason) => {
          this.reasons.push(reason);
          return Promise.resolve();
        },
        logger: createLogger('info', { write: (line) => this.keep(line) }),
      },
      {
        parts: options.parts?.({}) ?? {},
        times: { ...TIMES, ...options.times },
        limits: { ...LIMITS, ...options.limits },
      },
    );
    this.current = { stop, done: stream.run(stop.signal) };
  }

  private keep(line: string): void {
    if (process.env.CDC_LOG === 'on') process.stderr.write(line);
    const { err, ...said } = logLine.parse(JSON.parse(line));
    this.logged.push({ ...said, source: err?.source ?? said.source });
  }

  async stop(): Promise<void> {
    const running = this.current;
    this.current = undefined;
    running?.stop.abort();
    await running?.done;
  }

  /** Stops, and removes slot and publication. */
  async remove(): Promise<void> {
    await this.stop();
    await eventually(() =>
      this.postgres.execute(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`,
        [this.slot],
      ),
    );
    await this.postgres.execute(`DROP PUBLICATION IF EXISTS "${this.slot}"`);
  }

  /** Resolves when raw has followed everything committed until now. */
  async caughtUp(timeoutMs = 60_000): Promise<void> {
    const [now] = await this.postgres.query(
      `SELECT pg_current_wal_lsn()::text AS lsn`,
      [],
      z.object({ lsn: z.string() }),
    );
    const wanted = parseLsn(now?.lsn ?? '');
    await eventually(async () => {
      const position = await this.records.position();
      if (!position || position.lsn < wanted)
        throw new Error(`raw is at ${String(position?.lsn)}, Postgres at ${wanted}`);
    }, timeoutMs);
  }
}

/** All rows of a source in Postgres, columns as text in the spelling that rawNow has. */
export async function sourceNow(postgres: Postgres, name: string): Promise<unknown[]> {
  const { columns } = source(name);
  const text = ({ name: column, type }: SourceColumn) =>
    type === 'timestamp'
      ? `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`
      : `${column}::text`;
  const rows = await postgres.query(
    `SELECT jsonb_build_array(${columns.map(text).join(', ')}) AS row FROM product.${name} ORDER BY ${source(
      name,
    )
      .key.map((key) => `${key}::text COLLATE "C"`)
      .join(', ')}`,
    [],
    z.object({ row: z.unknown() }),
  );
  return rows.map(({ row }) => row);
}

/** What raw says that the source's rows are now: the last version of each key unless it is deleted. */
export async function rawNow(clickhouse: ClickHouse, name: string): Promise<unknown[]> {
  const { columns, key } = source(name);
  const text = ({ name: column, type }: SourceColumn) => {
    const scale = /^decimal\(\d+,(\d+)\)$/.exec(type)?.[1];
    return `CAST(${scale ? `toDecimalString(${column}, ${scale})` : `toString(${column})`}, 'Nullable(String)')`;
  };
  const rows = await clickhouse.rows(
    `SELECT [${columns.map(text).join(', ')}] AS row FROM (
      SELECT * FROM raw_${name} ORDER BY ${key.join(', ')}, _version_at DESC, _extracted_at DESC LIMIT 1 BY ${key.join(', ')})
     WHERE NOT _deleted ORDER BY ${key.map((one) => `toString(${one})`).join(', ')}`,
    {},
    z.object({ row: z.unknown() }),
    { settings: { date_time_output_format: 'simple' } },
  );
  return rows.map(({ row }) => row);
}

/** Versions of which two say the same of a key in a row, or lie at the same instant: there must be none. */
export async function doubled(clickhouse: ClickHouse, name: string): Promise<unknown[]> {
  const { key } = source(name);
  return await clickhouse.rows(
    `SELECT ${key.join(', ')}, _version_at, _extracted_at FROM (
      SELECT *, (_row_hash, _deleted) AS state, count() OVER (PARTITION BY ${key.join(', ')}, _extracted_at) AS same,
        lagInFrame(state) OVER (PARTITION BY ${key.join(', ')} ORDER BY _version_at, _extracted_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
      FROM raw_${name})
     WHERE same > 1 OR state = before`,
    {},
    z.record(z.string(), z.unknown()),
  );
}

function source(name: string) {
  const found = postgresSources.find((one) => one.name === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
}
