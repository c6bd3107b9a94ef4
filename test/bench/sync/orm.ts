import { EntitySchema, DataSource } from 'typeorm';
import { z } from 'zod';
import { timed } from '../measure.js';
import { createTarget } from './data.js';
import { MODEL, type World } from './world.js';

const BATCH = 1000;
const PAGE = 20_000;
/** From here on a rate does not change with the rows any more, and the time of a bench does. */
const MOST = 1_000_000;

const item = z.object({
  id: z.string(),
  name: z.string(),
  note: z.string(),
  d1: z.number(),
  d2: z.number(),
  d3: z.number(),
  amount: z.string(),
  updated_at: z.string(),
  active: z.boolean(),
  qty: z.number(),
});
type Item = z.output<typeof item>;

const items = new EntitySchema<Item>({
  name: 'BenchItem',
  schema: 'insights',
  tableName: 'bench_typeorm',
  columns: {
    id: { type: 'bigint', primary: true },
    name: { type: 'text' },
    note: { type: 'text' },
    d1: { type: 'double precision' },
    d2: { type: 'double precision' },
    d3: { type: 'double precision' },
    amount: { type: 'numeric', precision: 12, scale: 2 },
    updated_at: { type: 'timestamptz' },
    active: { type: 'boolean' },
    qty: { type: 'integer' },
  },
});

/** TypeORM's upsert in batches of 1,000 into an empty table; rows a second. Reading the rows does not count. */
export async function ormUpsert({ stores, rows }: World): Promise<{ rows: number; perSecond: number }> {
  const sent = Math.min(rows, MOST);
  await stores.postgres.execute(createTarget('insights.bench_typeorm'));
  const source = await new DataSource({
    type: 'postgres',
    url: stores.postgresUrl,
    entities: [items],
  }).initialize();
  try {
    const repository = source.getRepository(items);
    let seconds = 0;
    for (let from = 0; from < sent; from += PAGE) {
      const page = await stores.clickhouse.rows(
        `SELECT * FROM ${MODEL} WHERE id > {from: Int64} AND id <= {to: Int64} ORDER BY id`,
        { from, to: Math.min(from + PAGE, sent) },
        item,
      );
      for (let at = 0; at < page.length; at += BATCH) {
        const batch = page.slice(at, at + BATCH);
        seconds += (await timed(() => repository.upsert(batch, ['id']))).seconds;
      }
    }
    return { rows: sent, perSecond: sent / seconds };
  } finally {
    await source.destroy();
  }
}
