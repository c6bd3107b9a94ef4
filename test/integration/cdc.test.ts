import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { doubled, rawNow, sourceNow, Streaming } from '../support/cdc.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(240_000);

let world: Warehouse;
let cdc: Streaming;
/** One stream for all tests: a hand-over with nothing in the tables but a market and a deal, then changes. */
beforeAll(async () => {
  world = await Warehouse.open();
  const ledger = new Postgres(createDataSource(world.stores.postgresUrl, migrations));
  await ledger.migrate();
  await ledger.close();
  await putMarket(world.postgres);
  await world.put('partnerships', {});
  cdc = new Streaming(world.clickhouse, world.postgres, `cdc_${randomBytes(6).toString('hex')}`);
  cdc.start();
  await cdc.caughtUp();
});
afterAll(async () => {
  await cdc.remove();
  await world.close();
});

const sql = (...statements: string[]) =>
  world.postgres.transaction(async (session) => {
    for (const statement of statements) await session.execute(statement);
  });
async function expectSame(...names: string[]): Promise<void> {
  await cdc.caughtUp();
  for (const name of names) {
    expect([name, await rawNow(world.clickhouse, name)]).toEqual([
      name,
      await sourceNow(world.postgres, name),
    ]);
    expect([name, await doubled(world.clickhouse, name)]).toEqual([name, []]);
  }
}
/** One line a version of a key, oldest first. */
const versions = (name: string, column: string, id: string | number) =>
  world.list(
    `SELECT if(_deleted, 'gone', ifNull(toString(${column}), 'NULL')) FROM raw_${name} WHERE toString(id) = {id: String} ORDER BY _version_at, _extracted_at`,
    { id: String(id) },
  );
const entity = (name: string, values: Record<string, string | number | null> = {}) =>
  world.put('entities', { id: uuidOf(name), name, ...values });

describe('streamed changes', () => {
  it('go on from the hand-over: nothing lost, nothing twice', async () => {
    await expectSame('tenants', 'users', 'entities', 'partnerships');
    expect(cdc.reasons).toEqual(['first']);
    await sql(
      `UPDATE product.partnerships SET deal_value = 2500.5, updated_at = '2026-02-01T00:00:00.000001Z'`,
    );
    await expectSame('partnerships');
    expect(await versions('partnerships', 'deal_value', uuidOf('deal'))).toEqual(['1000', '2500.5']);
  });

  it('keep microseconds, numerics, 64-bit integers, NULL, empty and any text', async () => {
    const nasty = '\ufeffByte order mark,\ttab\nline\r\\N \\ "quotes" \u0001 \u{1f9ea} Zoë';
    await entity('Nasty', {
      name: nasty,
      location: '',
      founded_year: null,
      updated_at: '2026-03-01T00:00:00.123456Z',
    });
    await entity('Null', { name: ' ', location: null, updated_at: '2026-03-01T00:00:00.123457Z' });
    await world.put(
      'trend_metrics',
      { id: '9007199254740993', engagement_total: '9223372036854775807', momentum_score: '0.0001' },
      { id: '9007199254740992', engagement_total: '-9223372036854775808', sentiment_avg: '-1.00' },
    );
    await world.put('partnerships', {
      id: uuidOf('dear'),
      deal_value: '9999999999.99',
      success_score: '0.01',
    });
    await expectSame('entities', 'trend_metrics', 'partnerships');
  });

  it('make every update of one transaction a version, also when updated_at stands still or goes back', async () => {
    await entity('Busy', { updated_at: '2026-03-01T00:00:00Z' });
    const set = (tier: string, more = '') =>
      `UPDATE product.entities SET tier = '${tier}'${more} WHERE id = '${uuidOf('Busy')}'`;
    await sql(set('professional'), set('individual'), set('professional'), set('professional'));
    await sql(set('enterprise', `, updated_at = '2020-01-01T00:00:00Z'`));
    await expectSame('entities');
    expect(await versions('entities', 'tier', uuidOf('Busy'))).toEqual([
      'enterprise',
      'professional',
      'individual',
      'professional',
      'enterprise',
    ]);
  });

  it('see deletes, returns, and keys that change', async () => {
    await world.put('milestones', { id: uuidOf('m1') }, { id: uuidOf('m2') });
    await sql(`DELETE FROM product.milestones WHERE id = '${uuidOf('m1')}'`);
    await world.put('milestones', { id: uuidOf('m1'), updated_at: '2025-01-01T00:00:00Z' });
    await sql(`UPDATE product.milestones SET id = '${uuidOf('m3')}' WHERE id = '${uuidOf('m2')}'`);
    // There and gone in one transaction.
    await sql(
      `INSERT INTO product.milestones SELECT '${uuidOf('m4')}', partnership_id, completed, completed_at, due_date, updated_at FROM product.milestones LIMIT 1`,
      `DELETE FROM product.milestones WHERE id = '${uuidOf('m4')}'`,
    );
    await expectSame('milestones');
    expect(await versions('milestones', 'completed', uuidOf('m1'))).toEqual(['false', 'gone', 'false']);
    expect(await versions('milestones', 'completed', uuidOf('m2'))).toEqual(['false', 'gone']);
    expect(await versions('milestones', 'completed', uuidOf('m3'))).toEqual(['false']);
    expect(await versions('milestones', 'completed', uuidOf('m4'))).toEqual(['false', 'gone']);
  });

  it('fill values stored out of line that an update left out', async () => {
    const long = randomBytes(20_000).toString('hex');
    await entity('Long', { location: long });
    await sql(`UPDATE product.entities SET tier = 'individual' WHERE id = '${uuidOf('Long')}'`);
    await expectSame('entities');
    expect(await versions('entities', 'location', uuidOf('Long'))).toEqual([long, long]);
    await sql(
      `UPDATE product.entities SET tier = 'professional' WHERE id = '${uuidOf('Long')}'`,
      `DELETE FROM product.entities WHERE id = '${uuidOf('Long')}'`,
    );
    await expectSame('entities');
  });

  it('come in the order of commits, without what was rolled back', async () => {
    const early = deferredTransaction();
    await early.run(
      `INSERT INTO product.trends SELECT gen_random_uuid(), 'early', 'c', 'emerging', '2026-01-01Z'`,
    );
    await sql(`INSERT INTO product.trends SELECT gen_random_uuid(), 'late', 'c', 'emerging', '2026-02-01Z'`);
    const never = deferredTransaction();
    await never.run(
      `INSERT INTO product.trends SELECT gen_random_uuid(), 'never', 'c', 'emerging', '2026-03-01Z'`,
    );
    await sql(`UPDATE product.trends SET category = 'd' WHERE name = 'late'`);
    await cdc.caughtUp();
    expect(await world.list(`SELECT name FROM raw_trends ORDER BY _extracted_at`)).toEqual(['late', 'late']);
    await never.end('ROLLBACK');
    await early.end('COMMIT');
    await expectSame('trends');
    expect(await world.list(`SELECT name FROM raw_trends ORDER BY _extracted_at`)).toEqual([
      'late',
      'late',
      'early',
    ]);
  });

  it('reject what breaks the contract and keep its last good version', async () => {
    await world.put('deal_events', { id: 50 });
    await sql(
      `UPDATE product.deal_events SET to_stage = 'nowhere' WHERE id = 50`,
      `INSERT INTO product.deal_events SELECT 51, partnership_id, NULL, 'identified', NULL, 'infinity' FROM product.deal_events WHERE id = 50`,
      `INSERT INTO product.deal_events SELECT 52, partnership_id, NULL, 'identified', NULL, occurred_at FROM product.deal_events WHERE id = 50`,
    );
    await cdc.caughtUp();
    expect(
      (await world.rejects('deal_events')).map((one) => `${one.recordKey} ${one.reasonCode}`).sort(),
    ).toEqual(['50 unknown_stage', '51 bad_timestamp']);
    expect(await world.list('SELECT id FROM raw_deal_events ORDER BY id')).toEqual(['50', '52']);
    await sql(
      `UPDATE product.deal_events SET to_stage = 'contacted' WHERE id = 50`,
      `UPDATE product.deal_events SET occurred_at = '2026-05-01Z' WHERE id = 51`,
    );
    await expectSame('deal_events');
  });

  it('bring a transaction larger than memory may hold, in pieces and at once', async () => {
    await sql(
      `INSERT INTO product.user_activity SELECT n, '${uuidOf('owner')}', 'search', NULL, NULL, '2026-01-01Z'::timestamptz + n * interval '1 second' FROM generate_series(1, 30000) n`,
      `UPDATE product.user_activity SET activity_type = 'view' WHERE id % 10 = 0`,
      `DELETE FROM product.user_activity WHERE id % 100 = 0`,
    );
    await cdc.caughtUp();
    expect(
      await world.rows(
        `SELECT count() AS versions, uniqExact(id) AS ids, countIf(_deleted) AS gone, countIf(activity_type = 'view' AND NOT _deleted) AS views FROM raw_user_activity`,
      ),
    ).toEqual([{ versions: '33300', ids: '30000', gone: '300', views: '3000' }]);
    expect(await doubled(world.clickhouse, 'user_activity')).toEqual([]);
    const batches = await world.rows(`SELECT rows FROM raw_cdc WHERE state = 'done' AND rows > 10000`);
    expect(batches).toEqual([{ rows: '33300' }]);
  });

  it('hold a truncated table behind the guard until a person lets it go', async () => {
    await world.put('affinity_scores', { id: 1 }, { id: 2 });
    await cdc.caughtUp();
    await sql('TRUNCATE product.affinity_scores');
    await cdc.caughtUp();
    const held = () =>
      world.postgres.query(
        `SELECT subject, state FROM insights_ops.signals WHERE kind = 'held_sweep'`,
        [],
        z.object({ subject: z.string(), state: z.string() }),
      );
    expect(await held()).toEqual([{ subject: 'affinity_scores', state: 'active' }]);
    expect(await rawNow(world.clickhouse, 'affinity_scores')).toHaveLength(2);
    await world.put('affinity_scores', { id: 2, affinity_score: '51.00' }, { id: 3 });
    await sql(
      'TRUNCATE product.affinity_scores',
      "INSERT INTO product.affinity_scores SELECT 3, gen_random_uuid(), gen_random_uuid(), 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 'B', now(), now()",
    );
    // Two of three keys are gone, few enough to be believed.
    await expectSame('affinity_scores');
    expect(await held()).toEqual([{ subject: 'affinity_scores', state: 'cleared' }]);
  });

  it('say how far the slot is behind', async () => {
    await cdc.caughtUp();
    const status = await cdc.monitor.status();
    expect(status.streamed).toEqual([
      ...['affinity_scores', 'deal_events', 'entities', 'milestones', 'partnerships'],
      ...['tenants', 'trend_metrics', 'trends', 'user_activity', 'users'],
    ]);
    expect(status.lag).toMatchObject({ endangered: false });
    expect(status.handOvers).toMatchObject([{ reason: 'first', sources: 10 }]);
    expect(status.lastBatch?.rows).toBeGreaterThan(0);
  });
});

/** A transaction on a connection of its own that stays open between its statements. */
function deferredTransaction() {
  let next: (statement: string) => void = () => undefined;
  let said: () => void = () => undefined;
  const ended = world.postgres.withSession(async (session) => {
    await session.execute('BEGIN');
    for (;;) {
      const statement = await new Promise<string>((resolve) => (next = resolve));
      await session.execute(statement);
      said();
      if (/^(COMMIT|ROLLBACK)$/.test(statement)) return;
    }
  });
  const say = async (statement: string): Promise<void> => {
    while (next.length === 0) await new Promise(setImmediate);
    const done = new Promise<void>((resolve) => (said = resolve));
    next(statement);
    await Promise.race([done, ended]);
  };
  return { run: say, end: say };
}
