// Kills, cuts, stops and cancels runs of syncs, seed by seed, and holds the target against the model at the end.
//   npm run faults:sync -- [--seeds 1000] [--from 1] [--minutes 60]
// Prints a line a seed; exit 1 when one failed, with the command that repeats it. What a seed decides is fixed; where exactly its
// chunk falls depends a little on how the network cuts the bytes.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startTestServers, stopTestServers } from '../support/test-servers.js';
import { FaultWorld } from './fault-world.js';
import { runSeed } from './run-seed.js';
import { WorkerPool } from './worker-pool.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
  },
});
const { seeds, from, minutes } = z
  .object({
    seeds: z.coerce.number().int().positive(),
    from: z.coerce.number().int().nonnegative(),
    minutes: z.coerce.number().positive(),
  })
  .parse(values);

await startTestServers();
const world = await FaultWorld.open();
const pool = new WorkerPool(2);
const deadline = performance.now() + minutes * 60_000;
const failed: number[] = [];
let done = 0;
for (let seed = from; seed < from + seeds && performance.now() < deadline; seed++) {
  const result = await runSeed(world, pool, seed);
  done += 1;
  const verdict = result.problems.length > 0 ? 'FAILED' : result.struck ? 'ok' : 'ok (not struck)';
  console.log(`seed ${seed} ${verdict}: ${result.what}`);
  if (result.problems.length === 0) continue;
  failed.push(seed);
  console.log(`  ${result.problems.join('\n  ')}\n  repeat: npm run faults:sync -- --seeds 1 --from ${seed}`);
}
await pool.close();
await world.close();
await stopTestServers();
console.log(`${done} seeds, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`);
process.exitCode = failed.length > 0 ? 1 : 0;
