import { z } from 'zod';
import {
  INSIGHT_TABLES,
  type InsightTable,
} from '../../modules/scoring-insight/infrastructure/replace-rows.js';
import { migrations } from '../../migrations/postgres/index.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { testStores, type TestStores } from './stores.js';

/** Everything the insight step reads and writes, migrated. */
export interface InsightStores {
  clickhouseUrl: string;
  postgresUrl: string;
  /** A folder of this test file, removed by close(). */
  dataDir: string;
  clickhouse: ClickHouse;
  postgres: Postgres;
  graph: TestStores['graph'];
  close(): Promise<void>;
}

export async function insightStores(): Promise<InsightStores> {
  const stores = await testStores();
  await migrateClickHouse(stores.clickhouseUrl);
  await migrateGraph(stores.graph);
  const clickhouse = new ClickHouse(stores.clickhouseUrl);
  const postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
  await postgres.migrate();
  return {
    clickhouseUrl: stores.clickhouseUrl,
    postgresUrl: stores.postgresUrl,
    dataDir: stores.dataDir,
    clickhouse,
    postgres,
    graph: stores.graph,
    close: async () => {
      await Promise.all([clickhouse.close(), postgres.close()]);
      await stores.close();
    },
  };
}

/** All rows of a table in a fixed order, without the columns that only say when. */
export async function contentOf(
  clickhouse: ClickHouse,
  table: InsightTable,
  except: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const rows = await clickhouse.rows(
    'SELECT * FROM {table: Identifier} ORDER BY ALL',
    { table },
    z.record(z.string(), z.unknown()),
  );
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !except.includes(name))),
  );
}

/** Every insight table and the signals. */
export async function dump(
  { clickhouse, postgres }: InsightStores,
  except: readonly string[] = [],
): Promise<unknown> {
  const tables = INSIGHT_TABLES.map(
    async (table) => [table, await contentOf(clickhouse, table, except)] as const,
  );
  const signals = await postgres.query(
    'SELECT * FROM insights_ops.signals ORDER BY kind, subject',
    [],
    z.record(z.string(), z.unknown()),
  );
  return { ...Object.fromEntries(await Promise.all(tables)), signals };
}

export async function forgetInsight({ clickhouse, postgres }: InsightStores): Promise<void> {
  for (const table of INSIGHT_TABLES)
    await clickhouse.command('TRUNCATE TABLE {table: Identifier}', { table });
  await postgres.execute('DELETE FROM insights_ops.signals');
}
