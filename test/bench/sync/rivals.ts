import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { timed } from '../measure.js';
import { createTarget } from './data.js';
import type { World } from './world.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const here = join(import.meta.dirname, 'rivals');
/** Enough for a rate; drt needs two minutes for so many. */
const MOST = 1_000_000;

const rivals = [
  { name: 'drt 1.2.1', venv: 'drt', atLeast: 20, table: 'insights.bench_drt' },
  { name: 'dlt 1.31.0', venv: 'dlt', atLeast: 2.5, table: 'bench_dlt.items' },
] as const;

export interface Rival {
  name: string;
  /** How many times as fast the product has to be. */
  atLeast: number;
  rows: number;
  perSecond: number;
}

/** One full load of each Python rival that is installed, into an empty table; says which are not. */
export async function runRivals(world: World): Promise<Rival[]> {
  const folder = join(world.stores.dataDir, 'rivals');
  const found: Rival[] = [];
  for (const { name, venv, atLeast, table } of rivals) {
    const bin = join(root, 'node_modules/.cache/rivals', venv, 'bin');
    if (!existsSync(join(bin, 'python'))) {
      world.log(`NOT MEASURED: ${name} is not installed; test/bench/sync/rivals/install.sh installs it`);
      continue;
    }
    const rows = Math.min(world.rows, MOST);
    const cwd = join(folder, venv);
    mkdirSync(join(cwd, '.drt'), { recursive: true });
    cpSync(join(here, 'drt'), cwd, { recursive: true });
    cpSync(join(here, 'drt/profiles.yml'), join(cwd, '.drt/profiles.yml'));
    const env = {
      ...process.env,
      // Where drt looks for its profiles, and both for leave to report what they do.
      HOME: cwd,
      DRT_TELEMETRY: '0',
      DO_NOT_TRACK: '1',
      BENCH_DATABASE_URL: world.stores.postgresUrl,
    };
    const options = { cwd, env, maxBuffer: 64 * 2 ** 20 };
    const python = join(bin, 'python');
    await run(python, [join(here, 'source.py'), await world.csv(rows), 'source.duckdb'], options);
    if (venv === 'drt') await world.stores.postgres.execute(createTarget(table));
    await world.stores.postgres.execute('CHECKPOINT');
    const { seconds } = await timed(() =>
      venv === 'drt'
        ? run(join(bin, 'drt'), ['run', '--select', 'items'], options)
        : run(python, [join(here, 'dlt_load.py'), 'source.duckdb', cwd], options),
    );
    const arrived = await countRows(world, table);
    if (arrived !== rows) throw new Error(`${name} brought ${arrived} of ${rows} rows`);
    world.log(`${name}: ${rows.toLocaleString('en-US')} rows in ${seconds.toFixed(1)} s`);
    found.push({ name, atLeast, rows, perSecond: rows / seconds });
  }
  return found;
}

async function countRows({ stores }: World, table: string): Promise<number | undefined> {
  const schema = z.object({ rows: z.coerce.number() });
  const [row] = await stores.postgres.query(`SELECT count(*) AS rows FROM ${table}`, [], schema);
  return row?.rows;
}
