import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderMigrations, type RenderTarget } from './render-migration.js';

const server: RenderTarget = { database: 'analytics', partitionBy: 'month' };
const cluster: RenderTarget = { ...server, cluster: 'insights' };
const render = (text: string, target: RenderTarget = cluster): string[] =>
  renderMigrations([{ name: '0001.sql', text }], target).files.flatMap(({ statements }) => statements);

const SHARDED = `-- shard by: sipHash64(id)
CREATE TABLE IF NOT EXISTS t (
  id UUID, label String DEFAULT ') ENGINE = Log', -- ( not a parenthesis
  INDEX i id TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (id);
`;
const EVERYWHERE = `-- on every shard
CREATE TABLE IF NOT EXISTS d (id UUID) ENGINE = ReplacingMergeTree(version) ORDER BY id;
`;

describe('renderMigrations on one server', () => {
  it('leaves a statement as the file has it, without the comments above', () => {
    expect(render(SHARDED, server)).toEqual([
      SHARDED.slice(SHARDED.indexOf('CREATE')).trim().replace(/;$/, ''),
    ]);
  });

  it('asks for no place on a cluster', () => {
    expect(
      render('CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = MergeTree ORDER BY id;', server),
    ).toHaveLength(1);
  });
});

describe('renderMigrations on a cluster', () => {
  it('makes a replicated local table and a distributed one of a sharded table', () => {
    expect(render(SHARDED)).toEqual([
      `CREATE TABLE IF NOT EXISTS t_local ON CLUSTER \`insights\` (
  id UUID, label String DEFAULT ') ENGINE = Log', -- ( not a parenthesis
  INDEX i id TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/t_local', '{replica}') PARTITION BY toYYYYMM(at) ORDER BY (id)`,
      "CREATE TABLE IF NOT EXISTS t ON CLUSTER `insights` AS `analytics`.t_local ENGINE = Distributed('insights', 'analytics', 't_local', sipHash64(id))",
    ]);
  });

  it('makes one table that all servers replicate of one that every shard holds, and keeps what its engine was given', () => {
    expect(render(EVERYWHERE)).toEqual([
      "CREATE TABLE IF NOT EXISTS d ON CLUSTER `insights` (id UUID) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/d', '{shard}-{replica}', version) ORDER BY id",
    ]);
  });

  it('quotes the names of cluster and database', () => {
    const [, distributed] = render(SHARDED, { ...cluster, cluster: 'east-1', database: "o'hara" });
    expect(distributed).toBe(
      "CREATE TABLE IF NOT EXISTS t ON CLUSTER `east-1` AS `o'hara`.t_local ENGINE = Distributed('east-1', 'o\\'hara', 't_local', sipHash64(id))",
    );
  });

  it('changes columns in both tables of a pair, the local one first, and storage in the local one', () => {
    expect(
      render(`${SHARDED}${EVERYWHERE}
ALTER TABLE t ADD COLUMN IF NOT EXISTS a Decimal(18, 2) DEFAULT 0, DROP COLUMN IF EXISTS label;
ALTER TABLE t MODIFY SETTING ttl_only_drop_parts = 1, merge_with_ttl_timeout = 60;
ALTER TABLE t ADD INDEX j id TYPE minmax GRANULARITY 1;
ALTER TABLE d ADD COLUMN a Int8;
DROP TABLE IF EXISTS t SYNC;
DROP TABLE IF EXISTS d;
CREATE OR REPLACE VIEW v AS SELECT 1;
CREATE VIEW IF NOT EXISTS w
AS SELECT 1;
DROP VIEW IF EXISTS v;`).slice(3),
    ).toEqual([
      'ALTER TABLE t_local ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS a Decimal(18, 2) DEFAULT 0, DROP COLUMN IF EXISTS label',
      'ALTER TABLE t ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS a Decimal(18, 2) DEFAULT 0, DROP COLUMN IF EXISTS label',
      'ALTER TABLE t_local ON CLUSTER `insights` MODIFY SETTING ttl_only_drop_parts = 1, merge_with_ttl_timeout = 60',
      'ALTER TABLE t_local ON CLUSTER `insights` ADD INDEX j id TYPE minmax GRANULARITY 1',
      'ALTER TABLE d ON CLUSTER `insights` ADD COLUMN a Int8',
      'DROP TABLE IF EXISTS t ON CLUSTER `insights` SYNC',
      'DROP TABLE IF EXISTS t_local ON CLUSTER `insights` SYNC',
      'DROP TABLE IF EXISTS d ON CLUSTER `insights` SYNC',
      'CREATE OR REPLACE VIEW v ON CLUSTER `insights` AS SELECT 1',
      'CREATE VIEW IF NOT EXISTS w ON CLUSTER `insights`\nAS SELECT 1',
      'DROP VIEW IF EXISTS v ON CLUSTER `insights`',
    ]);
  });
});

describe('what renderMigrations refuses', () => {
  const table = 'CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = MergeTree ORDER BY id;\n';
  it.each([
    ['a table that says nothing of its place', table],
    ['a table that says two things of it', `-- shard by: id\n-- on every shard\n${table}`],
  ])('%s, on a cluster', (_, text) => {
    expect(() => render(text)).toThrow(expect.objectContaining({ code: 'migration_not_understood' }));
  });

  it.each([
    'CREATE TABLE t (id UUID) ENGINE = MergeTree ORDER BY id',
    'CREATE TABLE IF NOT EXISTS other.t (id UUID) ENGINE = MergeTree ORDER BY id',
    'CREATE TABLE IF NOT EXISTS t AS u ENGINE = MergeTree ORDER BY id',
    'CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = Log',
    'CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = Memory ORDER BY id',
    "CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = ReplicatedMergeTree('/p', 'r') ORDER BY id",
    'CREATE TABLE IF NOT EXISTS t (id UUID) ENGINE = MergeTree',
    `${table}${table}`,
    'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1',
    'CREATE DICTIONARY IF NOT EXISTS d (id UInt64) PRIMARY KEY id',
    'CREATE VIEW v AS SELECT 1',
    'ALTER TABLE nowhere ADD COLUMN a Int8',
    `${table}ALTER TABLE t UPDATE id = 1 WHERE 1`,
    `${table}ALTER TABLE t ADD COLUMN a Int8, MODIFY SETTING index_granularity = 1`,
    `${table}ALTER TABLE t MODIFY ORDER BY (id, a), ADD COLUMN a Int8`,
    `${table}RENAME TABLE t TO u`,
    `${table}EXCHANGE TABLES t AND u`,
    `${table}TRUNCATE TABLE t`,
    `${table}INSERT INTO t SELECT 1`,
    `${table}DROP VIEW IF EXISTS t`,
    `${table}DROP TABLE t`,
    'DROP TABLE IF EXISTS nowhere',
    `-- retain by: at\n${table}`,
    '-- retain by: at\nCREATE TABLE IF NOT EXISTS t (at DateTime) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY at TTL at + toIntervalYear(1)',
  ])('%s, on one server as well', (text) => {
    expect(() => render(text, server)).toThrow(
      expect.objectContaining({
        class: 'configuration',
        code: 'migration_not_understood',
        message: expect.stringContaining('clickhouse/0001.sql'),
      }),
    );
  });
});

describe('retained tables', () => {
  const text = `-- shard by: id\n-- retain by: at\n${SHARDED.slice(SHARDED.indexOf('CREATE'))}`;

  it.each([
    ['month', 'toYYYYMM(at)'],
    ['quarter', 'toYear(at) * 10 + toQuarter(at)'],
    ['year', 'toYear(at)'],
  ] as const)('have partitions of a %s', (partitionBy, expression) => {
    for (const target of [server, cluster]) {
      expect(render(text, { ...target, partitionBy })[0]).toContain(
        `PARTITION BY ${expression} ORDER BY (id)`,
      );
    }
  });

  it('are known by the table that stores the rows', () => {
    const retained = (target: RenderTarget, more = '') =>
      renderMigrations([{ name: '0001.sql', text: text + more }], target).retained.map(({ name }) => name);
    expect([retained(server), retained(cluster)]).toEqual([['t'], ['t_local']]);
    expect([
      retained(server, 'DROP TABLE IF EXISTS t;'),
      retained(cluster, 'DROP TABLE IF EXISTS t;'),
    ]).toEqual([[], []]);
  });
});

describe('migrations/clickhouse', () => {
  const folder = new URL('../../../migrations/clickhouse/', import.meta.url);
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

  it('can be rendered for both; every table says where its rows live', () => {
    const [one, many] = [renderMigrations(files, server), renderMigrations(files, cluster)];
    const tables = one.files
      .flatMap(({ statements }) => statements)
      .filter((sql) => sql.startsWith('CREATE TABLE'));
    expect(tables.length).toBeGreaterThan(30);
    expect(
      many.files
        .flatMap(({ statements }) => statements)
        .every((sql) => sql.includes('ON CLUSTER `insights`')),
    ).toBe(true);
    expect(one.retained.map(({ name }) => name)).toEqual([
      'raw_affinity_scores',
      'raw_trend_metrics',
      'raw_user_activity',
      'fact_affinity_scores',
      'fact_trend_metrics',
      'fact_user_activity',
    ]);
  });
});
