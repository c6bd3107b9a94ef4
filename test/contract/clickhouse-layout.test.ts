import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import {
  type ClickHouseLayout,
  migrateClickHouse,
  planClickHouse,
} from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { renderMigrations, type RenderTarget } from '../../src/platform/clickhouse/render-migration.js';
import { retentionStatements } from '../../src/platform/clickhouse/retention.js';
import { sharedServers } from '../support/shared-servers.js';

jest.setTimeout(180_000);

const folder = new URL('../../migrations/clickhouse/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const server: RenderTarget = { database: 'analytics', partitionBy: 'month' };
const cluster: RenderTarget = { ...server, cluster: 'insights' };
const MONTHLY: ClickHouseLayout = { partitionBy: 'month' };

const databases: string[] = [];
const clients: ClickHouse[] = [];
const admin = client('default');
afterAll(async () => {
  for (const name of databases) await admin.command(`DROP DATABASE IF EXISTS ${name} SYNC`);
  await Promise.all(clients.map((opened) => opened.close()));
});

function at(database: string): string {
  const url = new URL(sharedServers().clickhouseUrl);
  url.pathname = `/${database}`;
  return url.href;
}
function client(database: string): ClickHouse {
  const opened = new ClickHouse(at(database));
  clients.push(opened);
  return opened;
}
/** A name that no one else uses; dropped at the end. */
function newDatabase(): string {
  const name = `layout_${randomBytes(6).toString('hex')}`;
  databases.push(name);
  return name;
}

/** The kind of the statement as the engine's parser read it. Throws when it is no statement to it. */
async function parse(statement: string): Promise<string> {
  const tree = await text(await admin.selectBytes(`EXPLAIN AST ${statement}`));
  return tree.split(/[ \n]/)[0] ?? '';
}

describe.each([
  ['one-server', server],
  ['cluster', cluster],
])('the rendering for %s', (golden, target) => {
  const rendered = renderMigrations(files, target);
  const file = new URL(`../golden/clickhouse/${golden}.sql`, import.meta.url);

  it('is the golden one (UPDATE_GOLDEN=1 writes it anew)', () => {
    const whole = rendered.files
      .map(({ name, statements }) => [`-- ${name}`, ...statements.map((sql) => `${sql};`)].join('\n\n'))
      .join('\n\n');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, `${whole}\n`);
    expect(`${whole}\n`).toBe(readFileSync(file, 'utf8'));
  });

  it('passes the parser of the engine, statement by statement', async () => {
    for (const partitionBy of ['month', 'quarter', 'year'] as const) {
      const { files: others, retained } = renderMigrations(files, { ...target, partitionBy });
      const layout = { cluster: target.cluster, partitionBy };
      const statements = [
        ...others.flatMap((migration) => migration.statements),
        ...retentionStatements(retained, [], { ...layout, retentionYears: 10 }),
        ...retentionStatements(
          retained,
          retained.map(({ name, partitions }) => ({
            name,
            partition_key: partitions[partitionBy],
            engine_full: 'MergeTree TTL at + toIntervalYear(1)',
          })),
          layout,
        ),
      ];
      expect(statements.length).toBeGreaterThan(50);
      for (const statement of statements) {
        expect(await parse(statement)).toBe(KINDS.find(([verb]) => statement.startsWith(verb))?.[1]);
      }
    }
    await expect(parse('CREATE TABLE t ON CLUSTER (a Int8) ENGINE = MergeTree ORDER BY a')).rejects.toThrow(
      /Syntax error/,
    );
  });
});

const KINDS = [
  ['CREATE', 'CreateQuery'],
  ['ALTER', 'AlterQuery'],
  ['DROP', 'DropQuery'],
] as const;

describe('places on a cluster', () => {
  it('are expressions over the table that give a number for every row', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), MONTHLY);
    const clickhouse = client(database);
    const sharded = renderMigrations(files, cluster)
      .files.flatMap(({ statements }) => statements)
      .flatMap((sql) => {
        const [, table, by] =
          /^CREATE TABLE IF NOT EXISTS (\w+) .* ENGINE = Distributed\('insights', 'analytics', '\w+', (.+)\)$/.exec(
            sql,
          ) ?? [];
        return table && by ? [{ table, by }] : [];
      });
    expect(sharded.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['raw_partnerships', 'fact_partnerships', 'fact_user_activity']),
    );
    for (const { table, by } of sharded) {
      const found = await clickhouse.rows(
        `SELECT any(type) AS type FROM (SELECT toTypeName(${by}) AS type FROM (SELECT * FROM ${table} UNION ALL SELECT * FROM ${table}) AS t RIGHT JOIN (SELECT 1 AS one) AS o ON true)`,
        {},
        z.object({ type: z.string() }),
        { settings: { join_use_nulls: 0 } },
      );
      expect([table, found]).toEqual([table, [{ type: 'UInt64' }]]);
    }
  });

  it('bring the same partnership to the same shard from raw, events, milestones and facts', async () => {
    const by = (table: string): string =>
      new RegExp(`'${table}_local', (.+)\\)$`, 'm').exec(
        renderMigrations(files, cluster)
          .files.flatMap(({ statements }) => statements)
          .join('\n'),
      )?.[1] ?? '';
    const id = "toUUID('6f4b6d1e-1d7f-4a51-8a27-0c9b1f2f1a11')";
    const { places } = await admin.row(
      `SELECT arrayDistinct([
         (SELECT ${by('raw_partnerships')} FROM (SELECT ${id} AS id)),
         (SELECT ${by('raw_deal_events')} FROM (SELECT ${id} AS partnership_id)),
         (SELECT ${by('raw_milestones')} FROM (SELECT ${id} AS partnership_id)),
         (SELECT ${by('fact_deal_events')} FROM (SELECT ${id} AS _partnership_id)),
         (SELECT ${by('fact_partnerships')} FROM (SELECT sipHash64(${id}) AS partnership_key))]) AS places`,
      {},
      z.object({ places: z.array(z.string()) }),
    );
    expect(places).toHaveLength(1);
  });
});

describe('the plan of a migration', () => {
  it('holds every statement, changes nothing, and is empty once they ran', async () => {
    const database = newDatabase();
    const names = ['_migrations', ...files.map(({ name }) => name), 'retention'].map(
      (name) => `clickhouse/${name}`,
    );
    const layout: ClickHouseLayout = { partitionBy: 'year', retentionYears: 10 };
    const planned = await planClickHouse(at(database), layout);
    expect(planned.map(({ name }) => name)).toEqual(names);
    expect(
      await admin.rows(
        'SELECT name FROM system.databases WHERE name = {database: String}',
        { database },
        z.unknown(),
      ),
    ).toEqual([]);

    for (const statement of planned.flatMap(({ statements }) => statements)) {
      const into = statement.startsWith('CREATE DATABASE') ? admin : client(database);
      await into.command(statement);
    }
    const byHand = await schemaOf(database);
    const other = newDatabase();
    expect(await migrateClickHouse(at(other), layout)).toEqual(names.slice(1));
    expect(await schemaOf(other)).toEqual(byHand);
    expect(await planClickHouse(at(other), layout)).toEqual([]);
    expect((await planClickHouse(at(other), layout, { all: true })).map(({ name }) => name)).toEqual(names);
  });

  it('for a cluster needs none', async () => {
    const planned = await planClickHouse(at(newDatabase()), { partitionBy: 'month', cluster: 'nowhere' });
    const statements = planned.flatMap((migration) => migration.statements);
    expect(statements.every((statement) => statement.includes(' ON CLUSTER `nowhere`'))).toBe(true);
  });

  it('is refused where the tables were made for one server', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), MONTHLY);
    for (const act of [planClickHouse, migrateClickHouse]) {
      await expect(act(at(database), { partitionBy: 'month', cluster: 'insights' })).rejects.toMatchObject({
        class: 'configuration',
        code: 'cluster_changed',
      });
    }
  });

  it('says what to do about a file that was applied with other contents', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), MONTHLY);
    await client(database).command(
      `ALTER TABLE _migrations UPDATE checksum = 'another' WHERE name = {file: String}`,
      { file: files[0]?.name },
      { settings: { mutations_sync: '2' } },
    );
    await expect(planClickHouse(at(database), MONTHLY)).rejects.toMatchObject({
      code: 'migration_changed',
      message: expect.stringMatching(/Restore the file .* DATA_DIR/),
    });
  });
});

describe('retention', () => {
  const RETAINED = {
    raw_user_activity: 'occurred_at',
    raw_affinity_scores: 'computed_at',
    raw_trend_metrics: 'measured_at',
    fact_user_activity: 'activity_timestamp',
    fact_affinity_scores: 'computed_at',
    fact_trend_metrics: 'measured_at',
  };
  /** One row a table at each instant; a row's key column of the facts is filled from it, as the models do. */
  async function insert(database: string, instants: readonly string[]): Promise<void> {
    const clickhouse = client(database);
    for (const [table, column] of Object.entries(RETAINED)) {
      const day =
        { fact_user_activity: 'activity_date_key' }[table] ?? (table.startsWith('fact') ? 'date_key' : null);
      for (const instant of instants) {
        await clickhouse.command(
          `INSERT INTO ${table} (${column}${day ? `, ${day}` : ''})
           SELECT toDateTime64({instant: String}, 6, 'UTC') AS t ${day ? ', toYYYYMMDD(t)' : ''}`,
          { instant },
        );
      }
    }
  }
  async function years(database: string): Promise<Record<string, number[]>> {
    const clickhouse = client(database);
    const found: Record<string, number[]> = {};
    for (const [table, column] of Object.entries(RETAINED)) {
      await clickhouse.command(
        `OPTIMIZE TABLE ${table} FINAL`,
        {},
        { settings: { optimize_throw_if_noop: 0 } },
      );
      const rows = await clickhouse.rows(
        `SELECT toYear(${column}) AS year FROM ${table} ORDER BY year`,
        {},
        z.object({ year: z.number() }),
      );
      found[table] = rows.map(({ year }) => year);
    }
    return found;
  }
  const each = (kept: number[]) => Object.fromEntries(Object.keys(RETAINED).map((table) => [table, kept]));
  const thisYear = new Date().getUTCFullYear();
  const ago = (count: number) => `${thisYear - count}-01-01 00:00:00.000001`;

  it.each(['month', 'quarter', 'year'] as const)(
    'by partitions of a %s lets what is older go, and nothing else; the variable can change and go away',
    async (partitionBy) => {
      const database = newDatabase();
      const keep = (retentionYears?: number) =>
        migrateClickHouse(at(database), { partitionBy, retentionYears });
      expect(await keep(10)).toEqual([
        ...files.map(({ name }) => `clickhouse/${name}`),
        'clickhouse/retention',
      ]);
      expect(await keep(10)).toEqual([]);
      await insert(database, [
        '1900-02-03 04:05:06',
        '1955-01-01 00:00:00',
        ago(12),
        ago(9),
        ago(4),
        '2199-12-31 23:59:59',
      ]);
      expect(await years(database)).toEqual(each([thisYear - 9, thisYear - 4, 2199]));

      expect(await keep(6)).toEqual(['clickhouse/retention']);
      expect(await years(database)).toEqual(each([thisYear - 4, 2199]));

      expect(await keep()).toEqual(['clickhouse/retention']);
      expect(await keep()).toEqual([]);
      await insert(database, [ago(30)]);
      expect(await years(database)).toEqual(each([thisYear - 30, thisYear - 4, 2199]));
      expect((await ttlOf(database)).map(({ ttl }) => ttl)).toEqual(Array<boolean>(6).fill(false));
    },
  );

  it('is kept by the table that a build exchanges, and set again where one was not', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), { partitionBy: 'month', retentionYears: 10 });
    const clickhouse = client(database);
    await clickhouse.command('CREATE TABLE build_t AS fact_user_activity');
    await clickhouse.command(`ALTER TABLE build_t MODIFY COMMENT '{"a TTL x SETTINGS y": 1}'`);
    await clickhouse.command('EXCHANGE TABLES build_t AND fact_user_activity');
    expect(await migrateClickHouse(at(database), { partitionBy: 'month', retentionYears: 10 })).toEqual([]);
    await clickhouse.command('ALTER TABLE fact_user_activity REMOVE TTL');
    const planned = await planClickHouse(at(database), { partitionBy: 'month', retentionYears: 10 });
    expect(planned).toEqual([
      {
        name: 'clickhouse/retention',
        statements: [
          expect.any(String),
          'ALTER TABLE fact_user_activity MODIFY TTL makeDate32(toYear(activity_timestamp) + 10, toMonth(activity_timestamp), 1) + toIntervalMonth(1)',
        ],
      },
    ]);
  });

  it('from two processes at once ends the same', async () => {
    const database = newDatabase();
    const layout = { partitionBy: 'month', retentionYears: 5 } as const;
    await migrateClickHouse(at(database), layout);
    await Promise.all([1, 2, 3].map(() => migrateClickHouse(at(database), { ...layout, retentionYears: 7 })));
    expect(await migrateClickHouse(at(database), { ...layout, retentionYears: 7 })).toEqual([]);
    await Promise.all([1, 2, 3].map(() => migrateClickHouse(at(database), MONTHLY)));
    expect(await migrateClickHouse(at(database), MONTHLY)).toEqual([]);
  });

  it('lets a partition go as a whole: a part of it that is past stays with its neighbours', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), { partitionBy: 'year', retentionYears: 1 });
    // Both in the last calendar year: the first is over a year old but for the first days of January.
    for (const instant of [`${thisYear - 1}-01-01 00:00:00`, `${thisYear - 1}-12-31 23:59:59.999999`])
      await insert(database, [instant]);
    expect(await years(database)).toEqual(each([thisYear - 1, thisYear - 1]));
    await insert(database, [`${thisYear - 2}-12-31 23:59:59.999999`]);
    expect(await years(database)).toEqual(each([thisYear - 1, thisYear - 1]));
  });

  it('refuses other partitions than the tables have, before it changes anything', async () => {
    const database = newDatabase();
    await migrateClickHouse(at(database), MONTHLY);
    await expect(
      migrateClickHouse(at(database), { partitionBy: 'year', retentionYears: 5 }),
    ).rejects.toMatchObject({
      class: 'configuration',
      source: 'clickhouse',
      code: 'partitioning_changed',
      message: expect.stringContaining('PARTITION_BY=month'),
    });
    expect((await ttlOf(database)).every(({ ttl }) => !ttl)).toBe(true);
  });

  async function ttlOf(database: string) {
    return await admin.rows(
      `SELECT name, position(engine_full, 'TTL') > 0 AS ttl FROM system.tables
       WHERE database = {database: String} AND name IN {names: Array(String)} ORDER BY name`,
      { database, names: Object.keys(RETAINED) },
      z.object({ name: z.string(), ttl: z.coerce.boolean() }),
    );
  }
});

async function schemaOf(database: string): Promise<unknown> {
  return await admin.rows(
    `SELECT name, replaceAll(create_table_query, {database: String}, 'db') AS ddl FROM system.tables
     WHERE database = {database: String} ORDER BY name`,
    { database },
    z.unknown(),
  );
}
