import { ANY_PARTITIONS, type ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement, splitStatements } from '../../../src/platform/sql-file.js';
import { timed } from '../measure.js';
import { INCREMENT_SHARE, type Scale, scaleOf } from './scale.js';

/** The ten years that the rows lie in; an increment happens in the days after. */
const START = '2016-06-01 00:00:00';
export const END = '2026-06-01 00:00:00';
const AFTER = '2026-06-15 00:00:00';
export const YEARS = 10;
const BEFORE_ALL = '1970-01-01 00:00:00';

/** Rows a statement, so that no request outlives the client's patience and progress is seen. */
const CHUNK = 10_000_000;

const statement = (path: string): string => readStatement(import.meta.url, `../sql/${path}.sql`);

export interface LoadedTable {
  table: string;
  rows: number;
  seconds: number;
}

/** Writes the raw layer of a scale by SQL alone, then what loads leave in raw_cursors. Same seed, same rows. */
export class Generator {
  private readonly scale: Scale;

  constructor(
    private readonly clickhouse: ClickHouse,
    rows: number,
    private readonly seed: number,
    private readonly log: (line: string) => void,
  ) {
    this.scale = scaleOf(rows);
  }

  /** Ten years of everything. */
  async history(): Promise<LoadedTable[]> {
    for (const text of splitStatements(statement('functions'))) await this.clickhouse.command(text);
    await this.clickhouse.command(statement('create_bench_deals'));
    const { scale } = this;
    const loaded = [
      await this.load('raw_tenants', 0, scale.tenants),
      await this.load('raw_users', 0, scale.users),
      await this.load('raw_entities', 0, scale.entities),
      await this.load('raw_trends', 0, scale.trends),
      await this.load('raw_graph_alignments', 0, scale.alignments),
      await this.load('raw_fx_rates', 0, 3 * 366 * YEARS),
      await this.load('raw_unit_economics', 0, 12 * YEARS),
      await this.load('bench_deals', 0, scale.deals, { until: END }),
      await this.load('raw_partnerships', 0, scale.deals),
      await this.load('raw_deal_events', 0, scale.deals),
      await this.load('raw_milestones', 0, scale.deals),
      await this.load('raw_affinity_scores', 0, scale.affinities),
      await this.load('raw_trend_metrics', 0, scale.trendMetrics),
      await this.load('raw_user_activity', 0, scale.activities),
    ];
    await this.confirm();
    return loaded.filter(({ table }) => table !== 'bench_deals');
  }

  /** New events, snapshots and deals, deals that went on, entities that changed: a thousandth of each, after the ten years. */
  async increment(): Promise<LoadedTable[]> {
    const { scale } = this;
    const part = (of: number): number => Math.max(1, Math.round(of * INCREMENT_SHARE));
    const newDeals = part(scale.deals / 2);
    await this.load('bench_deals', scale.deals, newDeals, { until: AFTER });
    await this.run('increment/bench_deals', { rows: newDeals, since: END });
    const allDeals = scale.deals + newDeals;
    const loaded = [
      await this.insert('raw_entities', 'increment/raw_entities', { rows: part(scale.entities), since: END }),
      await this.load('raw_partnerships', 0, allDeals, { since: END }),
      await this.load('raw_deal_events', 0, allDeals, { since: END }),
      await this.load('raw_milestones', 0, allDeals, { since: END }),
      await this.load('raw_affinity_scores', scale.affinities, part(scale.affinities)),
      await this.load('raw_trend_metrics', scale.trendMetrics, part(scale.trendMetrics)),
      await this.load('raw_user_activity', scale.activities, part(scale.activities)),
    ];
    await this.confirm();
    return loaded;
  }

  /** Rows a second of the engine's own numbers() into a table of the same columns, as the limit of the bulk load. */
  async limit(rows: number): Promise<number> {
    await this.clickhouse.command('CREATE TABLE limit_user_activity AS raw_user_activity');
    const { seconds } = await timed(() =>
      this.run('limit/raw_user_activity', { rows, start: START, seconds: YEARS * 365 * 86_400 }),
    );
    await this.clickhouse.command('DROP TABLE limit_user_activity SYNC');
    return rows / seconds;
  }

  /** Members `first` to `first + count` of what a table is made from, in chunks. */
  private async load(
    table: string,
    first: number,
    count: number,
    times: { until?: string; since?: string } = {},
  ): Promise<LoadedTable> {
    let rows = 0;
    let seconds = 0;
    for (let done = 0; done < count; done += CHUNK) {
      const chunk = { ...times, first: first + done, rows: Math.min(CHUNK, count - done) };
      const inserted = await this.insert(table, `generate/${table}`, chunk);
      rows += inserted.rows;
      seconds += inserted.seconds;
    }
    return { table, rows, seconds };
  }

  private async insert(table: string, file: string, params: Record<string, unknown>): Promise<LoadedTable> {
    const { seconds, result: rows } = await timed(() => this.run(file, params));
    this.log(`${table}: ${rows.toLocaleString('en-US')} rows in ${seconds.toFixed(1)} s`);
    return { table, rows, seconds };
  }

  private async run(file: string, params: Record<string, unknown>): Promise<number> {
    const all = { ...this.scale, seed: this.seed, start: START, end: END, since: BEFORE_ALL, ...params };
    const { written } = await this.clickhouse.command(statement(file), all, ANY_PARTITIONS);
    return written;
  }

  private async confirm(): Promise<void> {
    const sources = [
      'tenants',
      'users',
      'entities',
      'partnerships',
      'deal_events',
      'milestones',
      'affinity_scores',
    ];
    const others = [
      'trends',
      'trend_metrics',
      'user_activity',
      'graph_alignments',
      'fx_rates',
      'unit_economics',
    ];
    for (const source of [...sources, ...others]) {
      const run = '00000000-0000-4000-8000-000000000000';
      await this.clickhouse.command(statement('cursor'), { source, table: `raw_${source}`, run });
    }
  }
}
