import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { judged, type Measure } from '../measure.js';
import { Generator, type LoadedTable, YEARS } from './generate.js';
import { build, contents, type ModelCost, type Walk } from './models.js';
import { queries } from './queries.js';
import { INCREMENT_SHARE } from './scale.js';
import { storage, type StoredTable } from './storage.js';

/** What stands behind the measures, for whoever looks for a bottleneck. */
export interface Details {
  loaded: LoadedTable[];
  increment: LoadedTable[];
  models: { full: ModelCost[]; increment: ModelCost[]; fullAgain: ModelCost[] };
  failedTests: Record<string, number>;
  storage: StoredTable[];
  differing: string[];
}

/** Rows that the engine's own generator writes for comparison: enough for a steady speed. */
const LIMIT_ROWS = 10_000_000;
const MAX_INCREMENT_SHARE = 0.05;
const MIN_LOAD_RATIO = 0.5;
const AS_OF = '2026-06-15T12:00:00.000000Z';

/** Bulk load, full build, increment, their equality, questions, bytes: each a phase on the rows of the one before. */
export async function modelling(
  clickhouse: ClickHouse,
  { rows, seed }: { rows: number; seed: number },
  log: (line: string) => void,
  tell: (measures: readonly Measure[]) => void,
): Promise<Details> {
  const generator = new Generator(clickhouse, rows, seed, log);
  const limit = await generator.limit(Math.min(rows, LIMIT_ROWS));
  const loaded = await generator.history();
  tell(bulkLoad(loaded, limit));

  const full = await walk('full build', { asOf: AS_OF });
  const increment = await generator.increment();
  const next = await walk('increment', { asOf: AS_OF });
  const incremented = await contents(clickhouse);
  log('hashed every table');
  const stored = await storage(clickhouse);
  tell(await queries(clickhouse, log));

  const fullAgain = await walk('full build again', { asOf: AS_OF, full: true });
  const rebuilt = await contents(clickhouse);
  const differing = [...rebuilt.keys()].filter((table) => rebuilt.get(table) !== incremented.get(table));
  for (const table of differing)
    log(`${table} differs: ${incremented.get(table)} incremented, ${rebuilt.get(table)} built whole`);
  tell(builds(full, next, fullAgain, { tables: rebuilt.size, differing: differing.length }));
  tell(bytes(stored, rows));

  return {
    loaded,
    increment,
    models: { full: full.models, increment: next.models, fullAgain: fullAgain.models },
    failedTests: full.failedTests,
    storage: stored,
    differing,
  };

  async function walk(name: string, options: { asOf: string; full?: boolean }): Promise<Walk> {
    const found = await build(clickhouse, options, log);
    log(`${name}: ${found.seconds.toFixed(1)} s, ${found.status}`);
    for (const model of [...found.models].sort((a, b) => b.buildSeconds - a.buildSeconds).slice(0, 10))
      log(
        `  ${model.model} ${model.mode || model.status}: ${model.buildSeconds.toFixed(2)} s, tests ${model.testSeconds.toFixed(2)} s, ${model.written} rows written`,
      );
    return found;
  }
}

function bulkLoad(loaded: readonly LoadedTable[], limit: number): Measure[] {
  const activity = loaded.filter(({ table }) => table === 'raw_user_activity');
  const rate = (tables: readonly LoadedTable[]): number =>
    Math.round(
      tables.reduce((rows, table) => rows + table.rows, 0) /
        tables.reduce((seconds, table) => seconds + table.seconds, 0),
    );
  return [
    judged(
      {
        name: 'bulk load: activity events generated into raw_user_activity',
        value: rate(activity),
        unit: 'rows/s',
        against: { what: 'numbers() into the same columns', value: Math.round(limit), unit: 'rows/s' },
        ratio: rate(activity) / limit,
      },
      { atLeast: MIN_LOAD_RATIO },
    ),
    { name: 'bulk load: all raw tables', value: rate(loaded), unit: 'rows/s' },
  ];
}

function builds(
  full: Walk,
  increment: Walk,
  fullAgain: Walk,
  equality: { tables: number; differing: number },
): Measure[] {
  const whole = Math.min(full.seconds, fullAgain.seconds);
  return [
    { name: 'models: full build with data tests', value: full.seconds, unit: 's' },
    judged(
      {
        name: `models: increment of ${100 * INCREMENT_SHARE} % with data tests`,
        value: increment.seconds,
        unit: 's',
        against: { what: 'full build, the faster of two', value: whole, unit: 's' },
        ratio: increment.seconds / whole,
      },
      { atMost: MAX_INCREMENT_SHARE },
    ),
    judged(
      {
        name: `models: of ${equality.tables} tables, those where incremental differs from full`,
        value: equality.differing,
        unit: 'tables',
      },
      { atMost: 0 },
    ),
  ];
}

function bytes(stored: readonly StoredTable[], events: number): Measure[] {
  const perMillion = (tables: readonly StoredTable[]): number =>
    tables.reduce((total, table) => total + table.bytes, 0) / (events / 1e6) / 1e6;
  const layer = (prefix: string): StoredTable[] => stored.filter(({ table }) => table.startsWith(prefix));
  const total = perMillion(stored);
  return [
    ...['raw_', 'dim_', 'fact_', 'agg_'].map((prefix) => ({
      name: `storage: ${prefix}* per million activity events`,
      value: perMillion(layer(prefix)),
      unit: 'MB',
    })),
    { name: 'storage: everything per million activity events', value: total, unit: 'MB' },
    { name: `storage: a year of these ${YEARS}`, value: (total * events) / 1e6 / 1e3 / YEARS, unit: 'GB' },
  ];
}
