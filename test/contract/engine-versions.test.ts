import { execFile, spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import type { SourceDefinition } from '../../modules/warehouse/domain/source.js';
import { checkedRows, loadStatements } from '../../modules/warehouse/infrastructure/load-statements.js';
import { literal } from '../../src/kernel/sql-text.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse, PINNED } from '../../src/platform/clickhouse/clickhouse.js';
import { testStores, type TestStores } from '../support/stores.js';

jest.setTimeout(120_000);

const FOLDER = 'node_modules/.cache/engines';
/** What lies in FOLDER: the version it must be, and the package it comes from. */
const ENGINES = {
  oldest: { version: /^24\.5\./, package: 'chdb==2.0.4' },
  newest: { version: /^26\.9\./, package: 'chdb-core==26.9.0' },
};
const python = process.env.ORACLE_PYTHON || 'python3';
const environment = (name: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: join(process.cwd(), FOLDER, name),
  // Trap 15 comes with it: no text may depend on where the server stands.
  TZ: 'Asia/Kolkata',
});
const present = (name: string): boolean =>
  spawnSync(python, ['-c', 'import chdb'], { env: environment(name), stdio: 'ignore' }).status === 0;

const everyType: SourceDefinition = {
  name: 'every_type',
  key: ['id'],
  cursor: { column: 'changed_at', kind: 'timestamp' },
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'ref', type: 'uuid', nullable: true },
    { name: 'note', type: 'text', nullable: true },
    { name: 'n', type: 'integer', nullable: true },
    { name: 'amount', type: 'decimal(12,2)', nullable: true },
    { name: 'ratio', type: 'float', nullable: true },
    { name: 'day', type: 'date', nullable: true },
    { name: 'month', type: 'month', nullable: true },
    { name: 'flag', type: 'boolean', nullable: true },
    { name: 'changed_at', type: 'timestamp' },
    { name: 'european', type: 'decimal(12,2)', nullable: true, style: { decimal: ',', thousands: '.' } },
    {
      name: 'local',
      type: 'timestamp',
      nullable: true,
      style: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Zurich' },
    },
  ],
};
const NULLS = '\\N';
const line = (...values: string[]): string =>
  [...values, ...Array<string>(everyType.columns.length - values.length).fill(NULLS)].join('\t');
// No fraction of a second before 1970: 24.5 counts it from the wrong end.
const LINES = [
  line(
    '9007199254740993',
    '7d4b0b3e-0000-4000-8000-000000000001',
    'tab\\t line\\n é 🤷',
    '-2147483648',
    '0.30',
    '0.1',
    '2026-02-28',
    '2026-02',
    't',
    '2026-03-08 02:30:00.123456+00',
    '1.234,50',
    '25.10.2026 02:30',
  ),
  line(
    '-9223372036854775808',
    NULLS,
    '',
    '7',
    '9999999999.99',
    '1e-7',
    '1899-12-31',
    '2026-02-01',
    'f',
    '1970-01-01 00:00:00.000001+00',
  ),
  // Rounded, not cut; and what is no value of its type.
  line(
    '1',
    NULLS,
    'NULL',
    NULLS,
    '0.125',
    '123456789.123456789',
    NULLS,
    NULLS,
    NULLS,
    '2026-11-01 05:30:00+00',
  ),
  line(
    '2',
    'no uuid',
    NULLS,
    '1.5',
    'NaN',
    'inf',
    '2026-02-30',
    '2026-13',
    'yes',
    '2026-02-30 00:00:00+00',
    '1.2.3',
    '31.02.2026 00:00',
  ),
];

/** Types of the tables that no source has. */
const OTHER_TYPES = `SELECT
  toUInt64('18446744073709551615') AS big, toDecimal128('0.1', 18) + toDecimal128('0.2', 18) AS third,
  CAST(toDecimal64('1.50', 2), 'Decimal(12,2)') AS trailing, CAST('x', 'LowCardinality(Nullable(String))') AS low,
  [toUUID('7d4b0b3e-0000-4000-8000-000000000001')] AS many, true AS yes, 0.1 + 0.2 AS float,
  parseDateTime64BestEffort('2026-03-29T01:30:00.000001Z', 6, 'UTC') AS instant, toDate32('2299-12-31') AS far,
  toStartOfMonth(toDate32('2026-02-28')) AS month, map('a', toNullable('b')) AS pairs,
  (SELECT b FROM (SELECT 1 AS a) AS l LEFT JOIN (SELECT 2 AS a, toNullable(3) AS b) AS r USING (a)) AS unmatched`;

interface Statement {
  sql: string;
  format: 'JSONEachRow' | 'TabSeparated' | null;
}
const answered = z.object({ version: z.string(), answers: z.array(z.string().nullable()) });

const { createStage } = loadStatements(everyType, 'stage_every_type');
const FORMATS = ['JSONEachRow', 'TabSeparated'] as const;
const asked: Statement[] = [
  `SELECT * FROM (${checkedRows(everyType, 'stage_every_type')}) ORDER BY id, _record_key`,
  OTHER_TYPES,
].flatMap((sql) => FORMATS.map((format) => ({ sql, format })));

describe('trap 14: the same values and texts from the oldest and the newest engine', () => {
  let stores: TestStores;
  let clickhouse: ClickHouse;
  let dir: string;
  /** Answers of the engine that the tests run on, through our own client. */
  const expected: string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'insights-engines-'));
    writeFileSync(join(dir, 'rows.tsv'), LINES.map((row) => `${row}\n`).join(''));
    stores = await testStores();
    await migrateClickHouse(stores.clickhouseUrl);
    clickhouse = new ClickHouse(stores.clickhouseUrl);
    await clickhouse.command(createStage);
    const [first = '', ...rest] = everyType.columns.map(({ name }) => name);
    const values = createReadStream(join(dir, 'rows.tsv'));
    await clickhouse.insertBytes('stage_every_type', [first, ...rest], 'TabSeparated', values);
    for (const { sql, format } of asked)
      expected.push(
        format === 'TabSeparated'
          ? await text(await clickhouse.selectBytes(sql))
          : (await clickhouse.rows(sql, {}, z.unknown())).map((row) => `${JSON.stringify(row)}\n`).join(''),
      );
  });

  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true });
    await clickhouse.close();
    await stores.close();
  });

  it('is asked about rows that pass and rows that do not', () => {
    const rows = expected[0]
      ?.trim()
      .split('\n')
      .map((row) => z.object({ _reason_code: z.string() }).parse(JSON.parse(row)));
    expect(rows?.map(({ _reason_code }) => _reason_code).sort()).toEqual(['', '', 'bad_date', 'bad_uuid']);
  });

  it.each(Object.entries(ENGINES))('%s', async (name, { version, package: source }) => {
    if (!present(name)) {
      const install = `pip install --no-deps --target ${FOLDER}/${name} ${source}`;
      if (process.env.CI === 'true') throw new Error(`No ${name} engine. Install it: ${install}`);
      console.warn(`SKIPPED: no ${name} engine of ClickHouse. Install it: ${install}`);
      return;
    }
    const columns = everyType.columns.map((column) => `\`${column.name}\``);
    const structure = columns.map((column) => `${column} Nullable(String)`).join(', ');
    const insert = `INSERT INTO stage_every_type (${columns.join(', ')})
      SELECT * FROM file(${literal(join(dir, 'rows.tsv'))}, 'TabSeparated', ${literal(structure)})`;
    const { wait_end_of_query: _ofTheProtocol, ...settings } = PINNED;
    // A bare engine keeps tables from one statement to the next in a database of one's own alone.
    const qualified = ({ sql, format }: Statement): Statement => ({
      sql: sql.replaceAll('stage_every_type', 'versions.stage_every_type'),
      format,
    });
    const statements: Statement[] = [
      { sql: 'CREATE DATABASE versions ENGINE = Atomic', format: null },
      { sql: createStage.replace('CREATE OR REPLACE', 'CREATE'), format: null },
      { sql: insert, format: null },
      ...asked,
    ];
    const script = resolve('test/engines/run_statements.py');
    const running = promisify(execFile)(python, ['-B', script], {
      env: environment(name),
      maxBuffer: 2 ** 26,
    });
    running.child.stdin?.end(JSON.stringify({ settings, statements: statements.map(qualified) }));
    const found = answered.parse(JSON.parse((await running).stdout));
    expect(found.version).toMatch(version);
    expect(found.answers.slice(-asked.length)).toEqual(expected);
  });
});
