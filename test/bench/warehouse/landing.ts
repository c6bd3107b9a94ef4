import type { Extraction } from '../../../modules/warehouse/application/ports.js';
import type { SourceColumn } from '../../../modules/warehouse/domain/source.js';
import { withPostgresSnapshot } from '../../../modules/warehouse/infrastructure/postgres-reader.js';
import type { RawStore } from '../../../modules/warehouse/infrastructure/raw-store.js';
import {
  type PostgresSource,
  postgresSources,
} from '../../../modules/warehouse/infrastructure/sources/catalog.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { timed } from '../measure.js';

const column = (name: string, type: SourceColumn['type'], nullable = false): SourceColumn => ({
  name,
  type,
  nullable,
});

/** Eight columns of the kinds that break a pipe: text with tabs, newlines and backslashes, numbers with digits, nulls. */
const records: PostgresSource = {
  name: 'records',
  key: ['id'],
  cursor: { column: 'id', kind: 'id' },
  columns: [
    column('id', 'bigint'),
    column('ref', 'uuid'),
    column('note', 'text'),
    column('remark', 'text', true),
    column('amount', 'decimal(12,2)'),
    column('score', 'decimal(5,4)'),
    column('happened_at', 'timestamp'),
    column('kind', 'text'),
  ],
  select: 'SELECT * FROM bench.records',
  selectFile: 'test/bench/warehouse/landing.ts',
};

/** What the extraction is measured on, by name; the Postgres table of each. */
export const LANDED = {
  records: { source: records, schema: 'bench', table: 'records' },
  user_activity: {
    source: postgresSources.find((source) => source.name === 'user_activity') ?? records,
    schema: 'product',
    table: 'user_activity',
  },
} as const;
export type Landed = keyof typeof LANDED;

/** Brings the first `rows` rows of a source into its stage, the way an extraction does; seconds. */
export async function land(store: RawStore, postgres: Postgres, name: Landed, rows: number): Promise<number> {
  const { source } = LANDED[name];
  const part = { ...source, select: `SELECT * FROM (${source.select}) s WHERE id <= ${Math.trunc(rows)}` };
  await store.emptyStage(part);
  return await withPostgresSnapshot(postgres, [part], { seconds: 0, ids: 0 }, async ({ sources }) => {
    const { seconds } = await timed(async () => {
      for (const readable of sources)
        await readable.read(null, (bytes) => store.stage(part, bytes, () => undefined));
    });
    return seconds;
  });
}

/** Checks what `land` left in the stage and moves it to an empty raw table; seconds. Throws when a row did not arrive. */
export async function check(
  store: RawStore,
  clickhouse: ClickHouse,
  name: Landed,
  rows: number,
): Promise<number> {
  await clickhouse.command('TRUNCATE TABLE {table: Identifier}', { table: `raw_${name}` });
  const extraction: Extraction = {
    runId: '00000000-0000-4000-8000-000000000000',
    bound: '2026-06-01T00:00:00.000000Z',
    stages: [],
  };
  const { seconds, result } = await timed(() => store.load(LANDED[name].source, extraction));
  if (result.loaded !== rows)
    throw new Error(`${name}: ${rows} rows landed, ${result.loaded} loaded, ${result.rejected} rejected`);
  return seconds;
}
