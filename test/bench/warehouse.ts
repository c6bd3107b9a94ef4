import { statfsSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { asLine, type Measure } from './measure.js';
import { openBenchStores, peakMb } from './stores.js';
import { extraction } from './warehouse/extraction.js';
import { YEARS } from './warehouse/generate.js';
import { modelling } from './warehouse/modelling.js';
import { diskNeededGb } from './warehouse/scale.js';

const HELP = `npm run bench:warehouse -- [--rows N] [--json] [--seed N] [--keep]

Measures the warehouse at N activity events over ${YEARS} years (default 100,000,000; 1 % as many partnerships, 10 % as many
affinity snapshots) in embedded stores of its own, in a temporary folder that is removed at the end.

  --rows N   activity events
  --json     one JSON document on standard output instead of lines
  --seed N   other data (default 1)
  --keep     leave the data folder and print where it is

It asserts nothing: a goal that is missed is a line that says so. What is measured and how to read it: docs/benchmarks.md`;

const wanted = z.object({
  rows: z.coerce.number().int().min(1_000).default(100_000_000),
  seed: z.coerce.number().int().nonnegative().default(1),
  json: z.boolean().default(false),
  keep: z.boolean().default(false),
  help: z.boolean().default(false),
});

/** The command line, or undefined when it asks for something else. */
function parsedArguments(): z.output<typeof wanted> | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({ options: { rows: text, seed: text, json: flag, keep: flag, help: flag } });
    return wanted.parse(values);
  } catch {
    return undefined;
  }
}

const options = parsedArguments();
if (options === undefined) {
  process.stderr.write(`${HELP}\n`);
  process.exitCode = 64;
} else if (options.help) process.stdout.write(`${HELP}\n`);
else await bench(options.rows, options.seed, options.json, options.keep);

async function bench(rows: number, seed: number, json: boolean, keep: boolean): Promise<void> {
  const began = performance.now();
  const log = (line: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`${seconds.padStart(8)} s  ${line}\n`);
  };
  const { bavail, bsize } = statfsSync(tmpdir());
  log(
    `needs about ${diskNeededGb(rows).toFixed(0)} GB of disk in ${tmpdir()}, where ${((bavail * bsize) / 1e9).toFixed(0)} GB are free`,
  );
  const stores = await openBenchStores();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stores.close(keep).finally(() => process.exit(130)));
  try {
    const measures: Measure[] = [];
    const tell = (found: readonly Measure[]): void => {
      measures.push(...found);
      if (!json) for (const measure of found) process.stdout.write(`${asLine(measure)}\n`);
    };
    const { peak, result: details } = await peakMb(stores.hostPid, async () => {
      tell(await extraction(stores, rows, log));
      return await modelling(stores.clickhouse, { rows, seed }, log, tell);
    });
    tell([{ name: 'engine: highest resident memory', value: Math.round(peak), unit: 'MB' }]);
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    const seconds = Math.round((performance.now() - began) / 1000);
    if (json)
      process.stdout.write(
        `${JSON.stringify({ bench: 'warehouse', rows, seed, machine, seconds, measures, ...details }, null, 2)}\n`,
      );
    log(`done; ${measures.filter((measure) => measure.holds === false).length} goals missed`);
  } finally {
    await stores.close(keep);
    if (keep) log(`kept ${stores.dataDir}`);
  }
}
