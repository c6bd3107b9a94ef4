import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { asLine, type Measure } from './measure.js';
import { openBenchStores } from './stores.js';
import { changed, unchanged } from './sync/changes.js';
import { graphLoad } from './sync/graph.js';
import { latency } from './sync/latency.js';
import { againstOrm, againstRivals, fullLoad } from './sync/load.js';
import { memory } from './sync/memory.js';
import { World } from './sync/world.js';

/** In the order they run: what comes later finds the targets loaded. */
const parts = {
  full: fullLoad,
  changed,
  unchanged,
  latency,
  memory,
  graph: graphLoad,
  orm: againstOrm,
  rivals: againstRivals,
} satisfies Record<string, (world: World) => Promise<Measure[]>>;

const HELP = `npm run bench:sync -- [--rows N] [--only PART,...] [--json] [--seed N] [--keep]

Measures syncs of N rows with ten columns (default 1,000,000) from ClickHouse to Postgres and Neo4j, in embedded stores of
its own, in a temporary folder that is removed at the end.

  --rows N      rows of the model
  --only PARTS  of ${Object.keys(parts).join(', ')}
  --json        one JSON document on standard output instead of lines
  --seed N      other data (default 1)
  --keep        leave the data folder and print where it is

It asserts nothing: a goal that is missed is a line that says so. What is measured and how to read it: docs/benchmarks.md`;

const wanted = z.object({
  rows: z.coerce.number().int().min(1000).default(1_000_000),
  only: z
    .string()
    .transform((names) => names.split(','))
    .pipe(z.array(z.enum(Object.keys(parts) as (keyof typeof parts)[])))
    .optional(),
  seed: z.coerce.number().int().nonnegative().default(1),
  json: z.boolean().default(false),
  keep: z.boolean().default(false),
  help: z.boolean().default(false),
});
type Wanted = z.output<typeof wanted>;

/** The command line, or undefined when it asks for something else. */
function parsedArguments(): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      options: { rows: text, only: text, seed: text, json: flag, keep: flag, help: flag },
    });
    return wanted.parse(values);
  } catch {
    return undefined;
  }
}

async function bench({ rows, only, seed, json, keep }: Wanted): Promise<void> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const log = (line: string): void =>
    void process.stderr.write(`${elapsed().toFixed(1).padStart(8)} s  ${line}\n`);
  const stores = await openBenchStores();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stores.close(keep).finally(() => process.exit(130)));
  try {
    const world = await World.open(stores, { rows, seed }, log);
    const measures: Measure[] = [];
    try {
      for (const [name, part] of Object.entries(parts)) {
        if (only !== undefined && !only.some((wantedPart) => wantedPart === name)) continue;
        const found = await part(world);
        measures.push(...found);
        if (!json) for (const measure of found) process.stdout.write(`${asLine(measure)}\n`);
      }
    } finally {
      await world.close();
    }
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    const seconds = Math.round(elapsed());
    if (json)
      process.stdout.write(
        `${JSON.stringify({ bench: 'sync', rows, seed, machine, seconds, measures }, null, 2)}\n`,
      );
    log(`done; ${measures.filter((measure) => measure.holds === false).length} goals missed`);
  } finally {
    await stores.close(keep);
    if (keep) log(`kept ${stores.dataDir}`);
  }
}

const options = parsedArguments();
if (options === undefined) {
  process.stderr.write(`${HELP}\n`);
  process.exitCode = 64;
} else if (options.help) process.stdout.write(`${HELP}\n`);
else await bench(options);
