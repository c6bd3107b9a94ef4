import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import { judged, type Measure, median } from '../measure.js';
import { ormUpsert } from './orm.js';
import { runRivals } from './rivals.js';
import type { World } from './world.js';

const DIFFERING = readStatement(import.meta.url, './sql/differing.sql');

/** Above this a load takes so long that its own length evens out what else the machine does. */
const ONCE_FROM = 5_000_000;

/** Full loads of the product and of the limit in turn, and whether the same arrived. */
export async function fullLoad(world: World): Promise<Measure[]> {
  const loads = [];
  for (let repeat = 0; repeat < (world.rows < ONCE_FROM ? 3 : 1); repeat++) loads.push(await world.load());
  const perSecond = (seconds: number[]): number => Math.round(world.rows / median(seconds));
  return [
    judged(
      {
        name: nameOf(world),
        value: perSecond(loads.map((load) => load.product)),
        unit: 'rows/s',
        against: {
          what: `${world.limit.how}, COPY and merge`,
          value: perSecond(loads.map((load) => load.limit)),
          unit: 'rows/s',
        },
        // Round by round, so that what else the machine did in one of them cannot decide.
        ratio: median(loads.map((load) => load.limit / load.product)),
      },
      { atLeast: 0.8 },
    ),
    judged(
      { name: 'full load: rows that differ from the limit', value: await differing(world), unit: 'rows' },
      { atMost: 0 },
    ),
  ];
}

/** The same full load through TypeORM. */
export async function againstOrm(world: World): Promise<Measure[]> {
  const product = await world.loadSeconds();
  const { rows, perSecond } = await ormUpsert(world);
  world.log(`TypeORM: ${rows.toLocaleString('en-US')} rows, ${Math.round(perSecond)} rows/s`);
  const name = `TypeORM, ${rows.toLocaleString('en-US')} rows by 1,000`;
  return [against(world, product, { name, perSecond }, 4)];
}

/** The same full load as the Python tools do it. */
export async function againstRivals(world: World): Promise<Measure[]> {
  const product = await world.loadSeconds();
  return (await runRivals(world)).map((rival) => against(world, product, rival, rival.atLeast));
}

const nameOf = ({ rows }: World): string => `full load: ${rows.toLocaleString('en-US')} rows x 10 columns`;

function against(
  world: World,
  seconds: number,
  rival: { name: string; perSecond: number },
  atLeast: number,
): Measure {
  return judged(
    {
      name: nameOf(world),
      value: Math.round(world.rows / seconds),
      unit: 'rows/s',
      against: { what: rival.name, value: Math.round(rival.perSecond), unit: 'rows/s' },
      ratio: world.rows / seconds / rival.perSecond,
    },
    { atLeast },
  );
}

/** Rows that the product's and the limit's target do not share. */
export async function differing({ stores }: World): Promise<number> {
  const [row] = await stores.postgres.query(DIFFERING, [], z.object({ differing: z.number() }));
  return row?.differing ?? Number.NaN;
}
