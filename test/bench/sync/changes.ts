import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import { judged, type Measure, median } from '../measure.js';
import { CHANGED_EVERY, changeModel } from './data.js';
import { differing } from './load.js';
import { MODEL, told, type World } from './world.js';

const sql = (name: string): string => readStatement(import.meta.url, `./sql/${name}.sql`);

/** From so many rows on a full load is long enough to be promised a tenth of. */
const TENTH_FROM = 10_000_000;

/** One row in a thousand changed, against the whole table through COPY and merge, and against a full load. */
export async function changed(world: World): Promise<Measure[]> {
  const { definition } = await world.loaded();
  const full = await world.loadSeconds();
  const products: number[] = [];
  const limits: number[] = [];
  for (let repeat = 1; repeat <= 3; repeat++) {
    await changeModel(world.stores.clickhouse, MODEL, CHANGED_EVERY, repeat);
    const csv = await world.csv();
    const { product, limit } = await world.inTurn(
      () => world.sync(definition),
      () => world.limit.merge(csv),
    );
    const { updated } = product.outcome;
    const expected = Math.floor((world.rows + CHANGED_EVERY - repeat) / CHANGED_EVERY);
    if (updated !== expected) throw new Error(`${updated} of ${expected} changed rows were written`);
    world.log(`0.1 % changed: ${told(product)}; limit ${limit.toFixed(2)} s`);
    products.push(product.seconds);
    limits.push(limit);
  }
  const [seconds, limit] = [median(products), median(limits)];
  const name = `0.1 % of ${world.rows.toLocaleString('en-US')} rows changed`;
  return [
    judged(
      {
        name,
        value: seconds,
        unit: 's',
        against: { what: `${world.limit.how}, all rows`, value: limit, unit: 's' },
        ratio: median(products.map((product, round) => product / (limits[round] ?? Number.NaN))),
      },
      { under: 0.333 },
    ),
    judged(
      {
        name: `${name}: against its full load`,
        value: seconds,
        unit: 's',
        against: { what: 'full load', value: full, unit: 's' },
        ratio: seconds / full,
      },
      world.rows >= TENTH_FROM ? { under: 0.1 } : undefined,
    ),
    judged(
      {
        name: '0.1 % changed: rows that differ from the limit',
        value: await differing(world),
        unit: 'rows',
      },
      { atMost: 0 },
    ),
  ];
}

/** A run that has nothing to do: every row of the target keeps its place and its writer. */
export async function unchanged(world: World): Promise<Measure[]> {
  const { definition } = await world.loaded();
  await world.sync(definition); // whatever another part left to do
  return await world.stores.postgres.withSession(async (session) => {
    await session.execute(sql('remember_versions'));
    const run = await world.sync(definition);
    world.log(`nothing changed: ${told(run)}`);
    const rows = await session.query(sql('written_versions'), [], z.object({ written: z.number() }));
    await session.execute('DROP TABLE seen');
    const written = rows[0]?.written ?? Number.NaN;
    return [
      judged({ name: 'nothing changed: rows written', value: written, unit: 'rows' }, { atMost: 0 }),
      { name: 'nothing changed: seconds of the run', value: run.seconds, unit: 's' },
    ];
  });
}
