import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { RawStore } from '../../../modules/warehouse/infrastructure/raw-store.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { createProductSchema } from '../../../src/seed/seed.js';
import { judged, type Measure, median, timed } from '../measure.js';
import type { BenchStores } from '../stores.js';
import { check, land, LANDED, type Landed } from './landing.js';

const statement = (name: string): string => readStatement(import.meta.url, `../sql/source/${name}.sql`);
const run = promisify(execFile);

/** Rows that throughput is measured on, and the two sizes of which memory must not tell the difference. */
const THROUGHPUT_ROWS = 1_000_000;
const MEMORY_ROWS = [300_000, 3_000_000] as const;
/** Pairs of ours and the rival's; at few rows the figures mean little however often they are taken. */
const repeats = (rows: number): number => (rows < THROUGHPUT_ROWS ? 2 : 5);
const MAX_MB_ABOVE_IDLE = 150;

/** Landing rows of Postgres against the engine reading them itself, the contract checks, and this process's memory. */
export async function extraction(
  stores: BenchStores,
  rows: number,
  log: (line: string) => void,
): Promise<Measure[]> {
  const shrink = Math.min(1, rows / THROUGHPUT_ROWS);
  const throughputRows = Math.round(THROUGHPUT_ROWS * shrink);
  const [few, many] = MEMORY_ROWS.map((count) => Math.round(count * shrink)) as [number, number];
  await fillProduct(stores, throughputRows, many);
  const measures: Measure[] = [];
  for (const name of ['records', 'user_activity'] as const)
    measures.push(...(await throughput(stores, name, throughputRows, log)));
  measures.push(...(await memory(stores, few, many, log)));
  await stores.clickhouse.command('DROP TABLE raw_records SYNC');
  for (const table of ['raw_user_activity', 'raw_cursors', 'raw_rejects'])
    await stores.clickhouse.command('TRUNCATE TABLE {table: Identifier}', { table });
  await stores.postgres.execute('DROP SCHEMA bench CASCADE');
  await stores.postgres.execute('TRUNCATE product.user_activity');
  return measures;
}

async function fillProduct(
  { postgres, clickhouse }: BenchStores,
  records: number,
  activity: number,
): Promise<void> {
  await postgres.withSession((session) => createProductSchema(session));
  await postgres.execute('CREATE SCHEMA bench');
  await postgres.execute(statement('create_records'));
  await postgres.execute(statement('records'), [records]);
  await postgres.execute(statement('user_activity'), [activity]);
  await postgres.execute('ANALYZE');
  await clickhouse.command(statement('create_raw_records'));
}

/** Ours and the rival's in turn, so that what else the machine does hits both; medians. */
async function throughput(
  stores: BenchStores,
  name: Landed,
  rows: number,
  log: (line: string) => void,
): Promise<Measure[]> {
  const ours: number[] = [];
  const rivals: number[] = [];
  const checks: number[] = [];
  const store = new RawStore(stores.clickhouse);
  for (let repeat = 0; repeat < repeats(rows); repeat++) {
    ours.push(await land(store, stores.postgres, name, rows));
    checks.push(await check(store, stores.clickhouse, name, rows));
    rivals.push(await rival(stores, name, rows));
    log(
      `${name}: landed in ${ours.at(-1)?.toFixed(2)} s, checked in ${checks.at(-1)?.toFixed(2)} s, rival ${rivals.at(-1)?.toFixed(2)} s`,
    );
  }
  await store.dropStage(LANDED[name].source);
  const perSecond = (seconds: number[]): number => Math.round(rows / median(seconds));
  const columns = LANDED[name].source.columns.length;
  return [
    judged(
      {
        name: `extraction: ${rows.toLocaleString('en-US')} rows x ${columns} columns of ${name} landed`,
        value: perSecond(ours),
        unit: 'rows/s',
        against: { what: 'INSERT SELECT FROM postgresql()', value: perSecond(rivals), unit: 'rows/s' },
        ratio: perSecond(ours) / perSecond(rivals),
      },
      { atLeast: 0.7 },
    ),
    judged(
      {
        name: `extraction: contract checks of ${name} in SQL`,
        value: median(checks),
        unit: 's',
        against: { what: 'landing', value: median(ours), unit: 's' },
        ratio: median(checks) / median(ours),
      },
      { atMost: 1 },
    ),
  ];
}

/** The engine reads the rows itself, into a table of their own types. */
async function rival({ clickhouse, postgresUrl }: BenchStores, name: Landed, rows: number): Promise<number> {
  const { schema, table, source } = LANDED[name];
  const columns = source.columns.map((column) => column.name).join(', ');
  await clickhouse.command('DROP TABLE IF EXISTS rival SYNC');
  await clickhouse.command(
    `CREATE TABLE rival ENGINE = MergeTree ORDER BY tuple() AS SELECT ${columns} FROM raw_${name} WHERE false`,
  );
  const url = new URL(postgresUrl);
  const params = {
    address: url.host,
    database: url.pathname.slice(1),
    table,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema,
    rows,
  };
  const { seconds, result } = await timed(() => clickhouse.command(statement('rival'), params));
  if (result.written !== rows) throw new Error(`the rival wrote ${result.written} of ${rows} rows`);
  await clickhouse.command('DROP TABLE rival SYNC');
  return seconds;
}

async function memory(
  stores: BenchStores,
  few: number,
  many: number,
  log: (line: string) => void,
): Promise<Measure[]> {
  const above: number[] = [];
  for (const rows of [few, many]) {
    const { idle, peak } = await landApart(stores, rows);
    log(`memory: ${rows} rows, ${idle.toFixed(0)} MB idle, ${peak.toFixed(0)} MB at most`);
    above.push(peak - idle);
  }
  const [small = 0, large = 0] = above;
  const at = (rows: number): string =>
    `extraction: memory above idle while ${rows.toLocaleString('en-US')} rows land`;
  return [
    judged({ name: at(few), value: Math.round(small), unit: 'MB' }, { under: MAX_MB_ABOVE_IDLE }),
    judged({ name: at(many), value: Math.round(large), unit: 'MB' }, { under: MAX_MB_ABOVE_IDLE }),
    {
      name: 'extraction: memory at ten times the rows',
      value: Math.round(large),
      unit: 'MB',
      against: { what: 'at the fewer rows', value: Math.round(small), unit: 'MB' },
      ratio: large / small,
      // Flat: the difference is a garbage collection's, not the rows'.
      goal: '+ 30 MB at most',
      holds: large - small <= 30,
    },
  ];
}

async function landApart(stores: BenchStores, rows: number): Promise<{ idle: number; peak: number }> {
  const main = join(import.meta.dirname, 'landing.main.ts');
  const { stdout } = await run(
    process.execPath,
    ['--import', './src/typescript/register.mjs', main, String(rows)],
    {
      cwd: join(import.meta.dirname, '../../..'),
      env: { ...process.env, CLICKHOUSE_URL: stores.clickhouseUrl, DATABASE_URL: stores.postgresUrl },
    },
  );
  return z.object({ idle: z.number(), peak: z.number() }).parse(JSON.parse(stdout));
}
