import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/postgres/index.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { createProductSchema } from '../../src/seed/seed.js';
import { put, putMarket, uuidOf } from '../factories/product-rows.js';
import { freePort } from '../servers/child.js';
import { startPostgresOn } from '../servers/postgres.js';
import { eventually } from '../support/async.js';
import { doubled, rawNow, sourceNow, Streaming } from '../support/cdc.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(400_000);

let world: Warehouse;
let cdc: Streaming;
beforeAll(async () => {
  world = await Warehouse.open();
  await migrateLedger(world.stores.postgresUrl);
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.empty();
  await world.clickhouse.command('TRUNCATE TABLE raw_cdc');
  await putMarket(world.postgres);
  await world.put('partnerships', {});
  cdc = new Streaming(world.clickhouse, world.postgres, `cdc_${randomBytes(6).toString('hex')}`);
});
afterEach(() => cdc.remove());

async function migrateLedger(url: string): Promise<void> {
  const ledger = new Postgres(createDataSource(url, migrations));
  await ledger.migrate();
  await ledger.close();
}
const sql = (...statements: string[]) =>
  world.postgres.transaction(async (session) => {
    for (const statement of statements) await session.execute(statement);
  });
async function expectSame(postgres: Postgres, ...names: string[]): Promise<void> {
  for (const name of names) {
    expect([name, await rawNow(world.clickhouse, name)]).toEqual([name, await sourceNow(postgres, name)]);
    expect([name, await doubled(world.clickhouse, name)]).toEqual([name, []]);
  }
}
const MILESTONE = `INSERT INTO product.milestones VALUES`;
const milestone = (n: number) =>
  `('${uuidOf(`m${n}`)}', '${uuidOf('deal')}', false, NULL, NULL, '2026-01-01Z')`;

describe('killed between two steps', () => {
  it('loads every version once, wherever it was killed', async () => {
    cdc.start();
    await cdc.caughtUp();
    await cdc.stop();
    const places = [
      'stage:after:1',
      'begin:before:1',
      'begin:after:1',
      'load:after:1',
      'load:after:2',
      'confirm:after:1',
    ];
    for (const [n, where] of places.entries()) {
      const toggle = (tier: string) =>
        `UPDATE product.entities SET tier = '${tier}' WHERE id = '${uuidOf('Acme')}'`;
      await sql(
        // A, B and A again: the last hash alone would not tell a replay.
        toggle('professional'),
        toggle('individual'),
        toggle('professional'),
        `${MILESTONE} ${milestone(n)}`,
        `UPDATE product.milestones SET completed = NOT completed WHERE id = '${uuidOf('m0')}'`,
      );
      await sql(toggle('enterprise'));
      const child = spawn(
        process.execPath,
        [
          '--import',
          '@swc-node/register/esm-register',
          join(import.meta.dirname, 'cdc.main.ts'),
          world.stores.clickhouseUrl,
          world.stores.postgresUrl,
          cdc.slot,
          where,
        ],
        { stdio: 'inherit' },
      );
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect({ where, code, signal }).toEqual({ where, code: null, signal: 'SIGKILL' });
    }
    cdc.start();
    await cdc.caughtUp();
    await expectSame(world.postgres, 'entities', 'milestones');
    const tiers = await world.list(
      `SELECT tier FROM raw_entities WHERE id = {id: UUID} ORDER BY _version_at, _extracted_at`,
      { id: uuidOf('Acme') },
    );
    expect(tiers).toEqual([
      'enterprise',
      ...places.flatMap(() => ['professional', 'individual', 'professional', 'enterprise']),
    ]);
    expect(cdc.reasons).toEqual(['first']);
  });
});

describe('a stream that cannot go on', () => {
  it.each([
    [
      'slot_missing',
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`,
    ],
    ['slot_ahead', `SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())`],
    ['publication_changed', ''],
  ])('reads everything again for %s, and sees what was deleted meanwhile', async (reason, statement) => {
    await world.put('milestones', { id: uuidOf('m1') }, { id: uuidOf('m2') });
    cdc.start();
    await cdc.caughtUp();
    await cdc.stop();
    await sql(`DELETE FROM product.milestones WHERE id = '${uuidOf('m1')}'`);
    if (statement) await eventually(() => world.postgres.execute(statement, [cdc.slot]));
    else await world.postgres.execute(`DROP PUBLICATION ${cdc.slot}`);
    cdc.start();
    await cdc.caughtUp();
    await expectSame(world.postgres, 'milestones', 'partnerships', 'entities');
    const status = await cdc.monitor.status();
    expect(status.handOvers.map((one) => one.reason)).toEqual([reason, 'first']);
  });

  it('stops the source whose column is gone, and it alone', async () => {
    cdc.start();
    await cdc.caughtUp();
    await sql(
      `ALTER TABLE product.trends ADD COLUMN more text`,
      `UPDATE product.entities SET tier = 'individual'`,
    );
    await world.put('trends', {});
    await cdc.caughtUp();
    await expectSame(world.postgres, 'trends', 'entities');
    try {
      await sql('ALTER TABLE product.trends RENAME COLUMN category TO kind');
      await sql(
        `UPDATE product.trends SET name = 'unseen'`,
        `UPDATE product.entities SET tier = 'professional'`,
      );
      await cdc.caughtUp();
      expect((await cdc.monitor.status()).streamed).not.toContain('trends');
      await expectSame(world.postgres, 'entities');
    } finally {
      await sql(
        'ALTER TABLE product.trends RENAME COLUMN kind TO category',
        'ALTER TABLE product.trends DROP COLUMN more',
      );
    }
    await cdc.stop();
    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual(['first', 'sources_changed']), 60_000);
    await cdc.caughtUp();
    await expectSame(world.postgres, 'trends', 'entities');
  });
});

describe('the hand-over under writers', () => {
  it('has no gap and no double row', async () => {
    const writing = new AbortController();
    const writer = async (who: number): Promise<void> => {
      for (let n = 0; !writing.signal.aborted; n++)
        await sql(
          `${MILESTONE} ('${uuidOf(`w${who}-${n}`)}', '${uuidOf('deal')}', false, NULL, NULL, now())`,
          `UPDATE product.milestones SET completed = true, updated_at = now() WHERE id = '${uuidOf(`w${who}-${n - 1}`)}'`,
          `DELETE FROM product.milestones WHERE id = '${uuidOf(`w${who}-${n - 3}`)}' AND ${n % 2 === 0}`,
          `UPDATE product.partnerships SET deal_value = deal_value + 1`,
        );
    };
    const writers = [writer(1), writer(2)];
    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual(['first']), 90_000);
    // The writers do not wait for anybody: on a busy machine there is a backlog.
    await cdc.caughtUp(150_000);
    writing.abort();
    await Promise.all(writers);
    await cdc.caughtUp(150_000);
    await expectSame(world.postgres, 'milestones', 'partnerships');
    const values = await world.list(
      `SELECT toInt64(deal_value) FROM raw_partnerships ORDER BY _version_at, _extracted_at`,
    );
    const first = Number(values[0]);
    expect(values.map(Number)).toEqual(values.map((_, n) => first + n));
  });
});

describe('a server that restarts', () => {
  it('is followed again from where raw is', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'insights-cdc-'));
    const port = await freePort();
    let server = await startPostgresOn(join(dir, 'data'), port);
    const postgres = new Postgres(createDataSource(server.url, []));
    await migrateLedger(server.url);
    await postgres.withSession((session) => createProductSchema(session));
    await putMarket(postgres);
    const own = new Streaming(world.clickhouse, postgres, 'restarted');
    try {
      own.start();
      await own.caughtUp();
      await server.stop();
      server = await startPostgresOn(join(dir, 'data'), port);
      await put(postgres, 'milestones', { id: uuidOf('after') });
      await own.caughtUp(120_000);
      await expectSame(postgres, 'milestones', 'entities');
      expect(own.reasons).toEqual(['first']);
    } finally {
      await own.stop();
      await postgres.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  });
});
