import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { createDataSource, Postgres } from '../../../src/platform/postgres/postgres.js';
import { peakMb, residentMb } from '../stores.js';
import { postgresDefinition } from './data.js';
import { MEMORY_MODEL, MEMORY_TARGET, WARM_MODEL, WARM_ROWS } from './memory.js';
import { noGraph, runSyncOn } from './world.js';

/**
 * Loads rows in a process of its own and prints its resident memory before and at most while, in MB: a process that did
 * other work first would measure that work's garbage. Arguments: how many rows. Environment: CLICKHOUSE_URL, DATABASE_URL.
 */
const settings = z.object({ CLICKHOUSE_URL: z.url(), DATABASE_URL: z.url() }).parse(process.env);
const rows = z.coerce.number().int().positive().parse(process.argv[2]);
const clickhouse = new ClickHouse(settings.CLICKHOUSE_URL);
const postgres = new Postgres(createDataSource(settings.DATABASE_URL, []));
const graph = noGraph();
const load = async (name: string, model: string, most: number) => {
  const definition = postgresDefinition(`${name}_${rows}`, model, MEMORY_TARGET);
  await postgres.execute(`TRUNCATE ${MEMORY_TARGET}`);
  const { outcome } = await runSyncOn({ clickhouse, postgres, graph }, [definition])(definition);
  if (outcome.inserted !== most) throw new Error(`${outcome.inserted} of ${most} rows arrived`);
};
await load('bench_warm', WARM_MODEL, WARM_ROWS); // connections and code are there before it is called idle
await delay(200);
const idle = residentMb(process.pid);
const { peak } = await peakMb(process.pid, () => load('bench_memory', MEMORY_MODEL, rows));
process.stdout.write(`${JSON.stringify({ idle, peak })}\n`);
await Promise.all([clickhouse.close(), postgres.close(), graph.close()]);
