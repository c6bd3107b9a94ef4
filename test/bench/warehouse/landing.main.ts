import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { RawStore } from '../../../modules/warehouse/infrastructure/raw-store.js';
import { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { createDataSource, Postgres } from '../../../src/platform/postgres/postgres.js';
import { peakMb, residentMb } from '../stores.js';
import { land, LANDED } from './landing.js';

/**
 * Lands rows of user_activity in a process of its own and prints its resident memory before and at most while, in MB: a
 * process that did other work first would measure that work's garbage. Arguments: how many rows. Environment:
 * CLICKHOUSE_URL, DATABASE_URL.
 */
const settings = z.object({ CLICKHOUSE_URL: z.url(), DATABASE_URL: z.url() }).parse(process.env);
const rows = z.coerce.number().int().positive().parse(process.argv[2]);
const clickhouse = new ClickHouse(settings.CLICKHOUSE_URL);
const postgres = new Postgres(createDataSource(settings.DATABASE_URL, []));
const store = new RawStore(clickhouse);
await land(store, postgres, 'user_activity', 100); // connections and code are there before it is called idle
await delay(200);
const idle = residentMb(process.pid);
const { peak } = await peakMb(process.pid, () => land(store, postgres, 'user_activity', rows));
process.stdout.write(`${JSON.stringify({ idle, peak })}\n`);
await store.dropStage(LANDED.user_activity.source);
await Promise.all([clickhouse.close(), postgres.close()]);
