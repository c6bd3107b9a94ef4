import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FaultWorld } from './fault-world.js';
import { runSeed } from './run-seed.js';
import { WorkerPool } from './worker-pool.js';

/** Always so many seeds, and more while there is time. */
const SEEDS = 40;
const TIME_MS = 240_000;
/** Where the seeds begin. */
const FROM = Number(process.env.FAULT_SEED ?? 1);

let world: FaultWorld;
let pool: WorkerPool;
beforeAll(async () => {
  world = await FaultWorld.open();
  pool = new WorkerPool(2);
}, 120_000);
afterAll(async () => {
  await pool.close();
  await world.close();
});

it('ends with target = model, nothing lost, twice or foreign, whatever fails when', async () => {
  const began = performance.now();
  const failed: string[] = [];
  const lines: string[] = [];
  const struck = new Map<boolean, number>();
  for (let seed = FROM; seed < FROM + SEEDS || performance.now() - began < TIME_MS; seed++) {
    const result = await runSeed(world, pool, seed);
    struck.set(result.struck, (struck.get(result.struck) ?? 0) + 1);
    lines.push(`seed ${seed}${result.struck ? '' : ' (not struck)'}: ${result.what}`);
    if (result.problems.length > 0)
      failed.push(
        `npm run faults:sync -- --seeds 1 --from ${seed}\n${result.what}\n${result.problems.join('\n')}`,
      );
  }
  console.log(lines.join('\n'));
  expect(failed).toEqual([]);
  // Most faults really struck: a harness that disturbs nothing proves nothing.
  expect(struck.get(true) ?? 0).toBeGreaterThan(struck.get(false) ?? 0);
}, 900_000);
