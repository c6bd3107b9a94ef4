import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { parseLsn } from '../../modules/warehouse/domain/cdc.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { HealthChecks } from '../../src/platform/health/health.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { createProductSchema } from '../../src/seed/seed.js';
import { put, putMarket, uuidOf } from '../factories/product-rows.js';
import { freePort } from '../servers/child.js';
import { type MortalClickHouse, startClickHouseOn } from '../servers/clickhouse-host.js';
import { type PostgresServer, startPostgresOn } from '../servers/postgres.js';
import { eventually } from '../support/async.js';
import { doubled, rawNow, sourceNow, Streaming } from '../support/cdc.js';

jest.setTimeout(300_000);

/** A slot may hold back two segments of 16 MB; four are more than that. */
const SETTINGS = { max_slot_wal_keep_size: '32MB' };
const TOO_MANY_SEGMENTS = 4;

const dir = mkdtempSync(join(tmpdir(), 'insights-cdc-'));
const password = randomBytes(16).toString('hex');
let ports: { postgres: number; clickhouse: number };
let postgresServer: PostgresServer;
let clickhouseServer: MortalClickHouse;
let postgres: Postgres;
let clickhouse: ClickHouse;
let cdc: Streaming;

const startPostgres = () => startPostgresOn(join(dir, 'postgres'), ports.postgres, SETTINGS);
const startClickHouse = () => startClickHouseOn(join(dir, 'clickhouse'), ports.clickhouse, password);

/** Servers of this file's own, because it stops them; one stream for all tests, each goes on where the last one left it. */
beforeAll(async () => {
  ports = { postgres: await freePort(), clickhouse: await freePort() };
  [postgresServer, clickhouseServer] = await Promise.all([startPostgres(), startClickHouse()]);
  postgres = new Postgres(createDataSource(postgresServer.url, migrations));
  await postgres.migrate();
  await postgres.withSession((session) => createProductSchema(session));
  await putMarket(postgres);
  await put(postgres, 'partnerships', {});
  const url = new URL(clickhouseServer.url);
  url.pathname = '/streamed';
  await migrateClickHouse(url.href);
  clickhouse = new ClickHouse(url.href);
  cdc = new Streaming(clickhouse, postgres, 'servers');
  cdc.start();
  await cdc.caughtUp(120_000);
  await eventually(() => expect(cdc.reasons).toEqual(['first']));
  await cdc.stop();
});
afterAll(async () => {
  await Promise.all([postgres.close(), clickhouse.close()]);
  await Promise.all([postgresServer.stop(), clickhouseServer.stop()]);
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});
beforeEach(async () => {
  cdc.reasons.length = 0;
  cdc.logged.length = 0;
  cdc.start();
  await cdc.caughtUp();
});
afterEach(() => cdc.stop());

async function expectSame(...names: string[]): Promise<void> {
  for (const name of names) {
    expect([name, await rawNow(clickhouse, name)]).toEqual([name, await sourceNow(postgres, name)]);
    expect([name, await doubled(clickhouse, name)]).toEqual([name, []]);
  }
}
/** What raw has of a milestone, oldest first. */
const versions = async (id: string) =>
  (
    await clickhouse.rows(
      `SELECT if(_deleted, 'gone', toString(completed)) AS state FROM raw_milestones WHERE id = {id: UUID} ORDER BY _version_at, _extracted_at`,
      { id: uuidOf(id) },
      z.object({ state: z.string() }),
    )
  ).map(({ state }) => state);
const slot = async () => {
  const [row] = await postgres.query(
    `SELECT confirmed_flush_lsn::text AS confirmed, wal_status, active FROM pg_replication_slots WHERE slot_name = 'servers'`,
    [],
    z.object({ confirmed: z.string().transform(parseLsn), wal_status: z.string(), active: z.boolean() }),
  );
  return row;
};
const currentLsn = async () => {
  const [row] = await postgres.query(
    `SELECT pg_current_wal_lsn()::text AS lsn`,
    [],
    z.object({ lsn: z.string().transform(parseLsn) }),
  );
  return row!.lsn;
};
async function fillSegments(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await postgres.execute(`SELECT pg_logical_emit_message(true, 'fill', 'x')`);
    await postgres.execute('SELECT pg_switch_wal()');
  }
  await postgres.execute('CHECKPOINT');
}
const slotSignal = async () =>
  await postgres.query(
    `SELECT subject, severity, state, evidence FROM insights_ops.signals WHERE kind = 'slot_lag'`,
    [],
    z.object({
      subject: z.string(),
      severity: z.string(),
      state: z.string(),
      evidence: z.object({ bytes: z.number().nullable(), missing: z.boolean() }).loose(),
    }),
  );
/** The gauges of the slot as a scrape shows them, by unit. */
async function slotGauges(): Promise<Record<string, number>> {
  const metrics = new Metrics(
    new HealthChecks([]),
    () => Promise.resolve([]),
    () => cdc.monitor.look(),
  );
  const lines = (await metrics.render()).matchAll(
    /^insights_cdc_slot_lag_(bytes|seconds)\{slot="servers"\} (\S+)$/gm,
  );
  return Object.fromEntries([...lines].map(([, unit, value]) => [unit, Number(value)]));
}

describe('Postgres', () => {
  it('restarts, and is followed again from where raw is', async () => {
    await put(postgres, 'milestones', { id: uuidOf('before') });
    await cdc.caughtUp();
    await postgresServer.stop();
    postgresServer = await startPostgres();
    await put(postgres, 'milestones', { id: uuidOf('after') });
    await cdc.caughtUp(120_000);
    await expectSame('milestones', 'entities');
    // The whole read of the beginning, and no other.
    expect((await cdc.monitor.status()).handOvers.map(({ reason }) => reason)).toEqual(['first']);
  });

  it('throws the log away that a worker was off for too long to read: all is read whole, and why is written down', async () => {
    await put(postgres, 'milestones', { id: uuidOf('kept') }, { id: uuidOf('doomed') });
    await cdc.caughtUp();
    await cdc.stop();
    const before = (await cdc.monitor.status()).handOvers.length;
    await put(postgres, 'milestones', { id: uuidOf('new') });
    await postgres.execute(`UPDATE product.milestones SET completed = true WHERE id = $1`, [uuidOf('kept')]);
    await postgres.execute(`DELETE FROM product.milestones WHERE id = $1`, [uuidOf('doomed')]);
    await fillSegments(TOO_MANY_SEGMENTS);
    expect((await slot())?.wal_status).toBe('lost');
    await cdc.monitor.report();
    expect(await slotSignal()).toMatchObject([{ subject: 'servers', severity: 'critical', state: 'active' }]);

    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual(['slot_lost']), 60_000);
    await cdc.caughtUp();
    await expectSame('milestones', 'partnerships', 'entities');
    expect(await versions('doomed')).toEqual(['false', 'gone']);
    expect(await versions('kept')).toEqual(['false', 'true']);
    const { handOvers } = await cdc.monitor.status();
    expect(handOvers).toHaveLength(before + 1);
    expect(handOvers[0]).toMatchObject({ reason: 'slot_lost', sources: 10 });
    await eventually(async () =>
      expect(await slotSignal()).toMatchObject([{ subject: 'servers', state: 'cleared' }]),
    );
    // The new slot is followed: this change comes by stream.
    await postgres.execute(`DELETE FROM product.milestones WHERE id = $1`, [uuidOf('new')]);
    await cdc.caughtUp();
    expect(await versions('new')).toEqual(['false', 'gone']);
    expect(cdc.reasons).toEqual(['slot_lost']);
  });
});

describe('ClickHouse', () => {
  it('is killed while changes stream: nothing is confirmed, the log is kept, and all of it arrives once', async () => {
    const set = (completed: boolean) =>
      postgres.execute(`UPDATE product.milestones SET completed = $2 WHERE id = $1`, [
        uuidOf('busy'),
        completed,
      ]);
    // Nothing but batches may ask ClickHouse: a look at something else would end the stream before it has a change in hand.
    await cdc.stop();
    cdc.start({ times: { checkMs: 300_000 } });
    await put(postgres, 'milestones', { id: uuidOf('busy') }, { id: uuidOf('leaving') });
    await eventually(async () => expect(await versions('leaving')).toEqual(['false']), 60_000);
    await eventually(async () => expect((await slot())?.active).toBe(true));
    await cdc.monitor.report();
    const streamed = await currentLsn();
    await clickhouseServer.kill();
    // A, B and A again: one that is lost or doubled shows, whatever the last state is.
    await set(true);
    const first = await currentLsn();
    await set(false);
    await set(true);
    await put(postgres, 'milestones', { id: uuidOf('coming') });
    await postgres.execute(`DELETE FROM product.milestones WHERE id = $1`, [uuidOf('leaving')]);
    await fillSegments(1);
    const failures = () => cdc.logged.filter(({ source }) => source === 'clickhouse').length;
    // It tried, failed, and tried again.
    await eventually(() => expect(failures()).toBeGreaterThan(2), 60_000);
    const during = await slot();
    expect(during?.confirmed).toBeLessThan(first);
    expect(during?.wal_status).not.toBe('lost');
    // Who is on call sees the lag grow although the warehouse cannot say a word.
    const gauges = await slotGauges();
    expect(gauges.bytes).toBeGreaterThanOrEqual(Number(first - streamed));
    expect(gauges.seconds).toBeGreaterThan(0);

    clickhouseServer = await startClickHouse();
    await eventually(() => expectSame('milestones', 'partnerships', 'entities'), 120_000);
    expect(await versions('busy')).toEqual(['false', 'true', 'false', 'true']);
    expect(await versions('coming')).toEqual(['false']);
    expect(await versions('leaving')).toEqual(['false', 'gone']);
    // By stream, not by reading everything again.
    expect(cdc.reasons).toEqual([]);
    await eventually(async () => expect((await slot())?.confirmed).toBeGreaterThan(first));
  });
});
