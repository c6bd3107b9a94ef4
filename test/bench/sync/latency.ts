import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { judged, type Measure, quantile } from '../measure.js';
import { changeModel } from './data.js';
import { MODEL, TARGET, told, type World } from './world.js';

const GOAL_SECONDS = 5;
const POLL_MS = 10;

/** One row changed at a time: seconds from the trigger of the sync to the new value in Postgres, which is polled. */
export async function latency(world: World): Promise<Measure[]> {
  const { definition } = await world.loaded();
  const { postgres, clickhouse } = world.stores;
  await world.sync(definition); // whatever another part left to do
  const changes = Math.min(100, Math.ceil(world.rows / 100));
  const step = Math.floor(world.rows / changes);
  const qtyOf = async (id: number): Promise<number | undefined> => {
    const qty = z.object({ qty: z.number() });
    return (await postgres.query(`SELECT qty FROM ${TARGET} WHERE id = $1`, [id], qty))[0]?.qty;
  };
  const seconds: number[] = [];
  for (let change = 1; change <= changes; change++) {
    const id = change * step;
    const before = await qtyOf(id);
    // Far more than there are rows: one remainder is one row.
    await changeModel(clickhouse, MODEL, 1_000_000_000, id);
    const began = performance.now();
    let over = false;
    const run = world.sync(definition).finally(() => (over = true));
    let seen = before;
    while (seen === before && !over) {
      await delay(POLL_MS);
      seen = await qtyOf(id);
    }
    seconds.push((performance.now() - began) / 1000);
    const synced = await run;
    if (change % 10 === 1) world.log(`change ${change} of ${changes}: ${told(synced)}`);
    if ((await qtyOf(id)) === before) throw new Error(`the change of row ${id} did not arrive`);
  }
  const name = (what: string): string =>
    `change to target, ${what} (${world.rows.toLocaleString('en-US')} rows)`;
  return [
    { name: name('p50'), value: quantile(seconds, 0.5), unit: 's' },
    judged(
      { name: name(`p95 of ${changes}`), value: quantile(seconds, 0.95), unit: 's' },
      { under: GOAL_SECONDS },
    ),
    { name: name('slowest'), value: Math.max(...seconds), unit: 's' },
  ];
}
