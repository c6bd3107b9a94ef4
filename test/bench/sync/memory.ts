import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { judged, type Measure } from '../measure.js';
import { createModel, createTarget } from './data.js';
import type { World } from './world.js';

const run = promisify(execFile);

/** Two sizes of which memory must not tell the difference; smaller where the bench is. */
const ROWS = [300_000, 3_000_000] as const;
const FULL_SIZE = 1_000_000;
const MAX_MB_ABOVE_IDLE = 150;

export const MEMORY_MODEL = 'insight_bench_memory';
export const MEMORY_TARGET = 'insights.bench_memory';
export const WARM_MODEL = 'insight_bench_warm';
export const WARM_ROWS = 100;

/** Memory of a process that does nothing but a full load. */
export async function memory(world: World): Promise<Measure[]> {
  const shrink = Math.min(1, world.rows / FULL_SIZE);
  const [few, many] = ROWS.map((rows) => Math.round(rows * shrink)) as [number, number];
  const { clickhouse, postgres } = world.stores;
  await createModel(clickhouse, WARM_MODEL, WARM_ROWS, world.seed);
  await postgres.execute(createTarget(MEMORY_TARGET));
  const above: number[] = [];
  for (const rows of [few, many]) {
    await createModel(clickhouse, MEMORY_MODEL, rows, world.seed);
    const { idle, peak } = await loadApart(world, rows);
    world.log(`memory: ${rows} rows, ${idle.toFixed(0)} MB idle, ${peak.toFixed(0)} MB at most`);
    above.push(peak - idle);
  }
  await postgres.execute(`DROP TABLE ${MEMORY_TARGET}`);
  for (const table of [WARM_MODEL, MEMORY_MODEL])
    await clickhouse.command('DROP TABLE {table: Identifier} SYNC', { table });
  const [small = Number.NaN, large = Number.NaN] = above.map(Math.round);
  const at = (rows: number): string => `memory above idle: full load of ${rows.toLocaleString('en-US')} rows`;
  return [
    judged({ name: at(few), value: small, unit: 'MB' }, { under: MAX_MB_ABOVE_IDLE }),
    judged({ name: at(many), value: large, unit: 'MB' }, { under: MAX_MB_ABOVE_IDLE }),
    {
      name: 'memory above idle: at ten times the rows',
      value: large,
      unit: 'MB',
      against: { what: 'at the fewer rows', value: small, unit: 'MB' },
      // Flat: the difference is a garbage collection's, not the rows'.
      goal: '+ 30 MB at most',
      holds: large - small <= 30,
    },
  ];
}

async function loadApart({ stores }: World, rows: number): Promise<{ idle: number; peak: number }> {
  const { stdout } = await run(
    process.execPath,
    ['--import', './src/typescript/register.mjs', join(import.meta.dirname, 'memory.main.ts'), String(rows)],
    {
      cwd: join(import.meta.dirname, '../../..'),
      env: { ...process.env, CLICKHOUSE_URL: stores.clickhouseUrl, DATABASE_URL: stores.postgresUrl },
    },
  );
  return z.object({ idle: z.number(), peak: z.number() }).parse(JSON.parse(stdout));
}
