import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { loadStages } from '../../modules/warehouse/index.js';
import { LONG_AGO, putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

/** Seconds between sweeps: keys are compared in every run. */
const EVERY_RUN = 0.000001;

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const extract: Warehouse['extractOne'] = (...args) => world.extractOne(...args);
const codes = (source?: string) => world.rejectCodes(source);

describe('rejects', () => {
  it('hold every broken rule with its code, key and row; the neighbours load', async () => {
    await putMarket(world.postgres);
    await world.put('entities', { id: uuidOf('odd tier'), tier: 'platinum', name: 'Tab\there' });
    await world.put(
      'partnerships',
      {},
      { id: uuidOf('debt'), deal_value: '-0.01' },
      { id: uuidOf('odd stage'), stage: 'Negotiation' },
      { id: uuidOf('six stars'), success_score: '5.01' },
      { id: uuidOf('minus one star'), success_score: '-0.01' },
      { id: uuidOf('five stars'), success_score: '5.00', deal_value: '0.00' },
    );
    await world.put(
      'deal_events',
      {},
      { id: 2, to_stage: 'limbo' },
      { id: 3, from_stage: '' },
      { id: 4, occurred_at: '2026-01-04T09:59:59.999999Z' },
      { id: 5, occurred_at: '2026-01-04T10:00:00Z' },
    );
    await world.put(
      'affinity_scores',
      {},
      { id: 2, affinity_score: '100.01' },
      { id: 3, affinity_score: '-0.01' },
      ...[
        'semantic',
        'goal_alignment',
        'cultural_momentum',
        'historical',
        'authenticity',
        'confidence',
      ].flatMap((component, n) => [
        { id: 10 + n, [component]: '1.0001' },
        { id: 20 + n, [component]: '-0.0001' },
      ]),
      { id: 30, affinity_score: '100', semantic: '1', confidence: '0' },
    );
    const reports = await world.extract();
    const counts = Object.entries(reports).map(([name, { loaded, rejected }]) => [name, [loaded, rejected]]);
    expect(Object.fromEntries(counts)).toMatchObject({
      entities: [2, 1],
      partnerships: [2, 4],
      deal_events: [2, 3],
      affinity_scores: [2, 14],
    });
    expect(await codes('entities')).toEqual([`${uuidOf('odd tier')} unknown_tier`]);
    expect(await codes('partnerships')).toEqual(
      [
        `${uuidOf('debt')} negative_money`,
        `${uuidOf('odd stage')} unknown_stage`,
        `${uuidOf('six stars')} score_out_of_range`,
        `${uuidOf('minus one star')} score_out_of_range`,
      ].sort(),
    );
    expect(await codes('deal_events')).toEqual(['2 unknown_stage', '3 unknown_stage', '4 event_before_deal']);
    expect(new Set((await world.rejects('affinity_scores')).map((reject) => reject.reasonCode))).toEqual(
      new Set(['score_out_of_range']),
    );
    const [tier] = await world.rejects('entities');
    expect(tier).toMatchObject({
      reason: 'tier is none of enterprise, professional, individual',
      replayedAt: null,
      payload: {
        id: uuidOf('odd tier'),
        name: 'Tab\there',
        tier: 'platinum',
        deleted_at: null,
        founded_year: '1999',
      },
    });
  });

  it('name the first fault in column order, before the rules between columns', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', {
      deal_value: '-1',
      success_score: 'NaN',
      stage: 'limbo',
      start_date: 'infinity',
    });
    await extract('partnerships');
    expect(await codes()).toEqual([`${uuidOf('deal')} bad_number`]);
    expect((await world.rejects())[0]?.reason).toBe('success_score is no decimal(3,2)');
  });

  it('are not doubled when a later run reads the row again, also without a cursor', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', { stage: 'limbo' });
    expect(await extract('partnerships')).toEqual([0, 1]);
    expect(await extract('partnerships')).toEqual([0, 0]);
    await world.clickhouse.command('TRUNCATE TABLE raw_cursors');
    expect(await extract('partnerships')).toEqual([0, 0]);
    // The same row with another fault is news.
    await world.put('partnerships', { stage: 'limbo', deal_value: '-5', updated_at: '2026-01-05T10:00:01Z' });
    expect(await extract('partnerships')).toEqual([0, 1]);
  });

  it('leave the last good version of a row in place until it is good again', async () => {
    await putMarket(world.postgres);
    const deals = ['dim_deal_stage', 'dim_user', 'dim_entity', 'fact_deal_events', 'fact_partnerships'];
    const states: [object, string, [number, number]][] = [
      [{ deal_value: '10' }, '10.00', [1, 0]],
      [{ deal_value: '-1', updated_at: '2026-01-05T10:00:01Z' }, '10.00', [0, 1]],
      [{ deal_value: '20', updated_at: '2026-01-05T10:00:02Z' }, '20.00', [1, 0]],
    ];
    await world.extract({ only: ['users', 'entities'] });
    for (const [row, value, counts] of states) {
      await world.put('partnerships', { ...row });
      expect(await extract('partnerships')).toEqual(counts);
      await world.build(deals);
      expect(await world.list('SELECT deal_value FROM fact_partnerships')).toEqual([value]);
    }
  });

  it('are judged again when the stages are others, without waiting for a change of the row', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', { stage: 'won at last', updated_at: LONG_AGO });
    await world.put('partnerships', { id: uuidOf('long after'), updated_at: '2026-03-01T10:00:00Z' });
    expect(await extract('partnerships')).toEqual([1, 1]);
    expect(await extract('partnerships')).toEqual([0, 0]);
    const reference = loadStages(undefined);
    const stages = [
      ...reference,
      { name: 'won at last', order: 99, category: 'closed', outcome: 'won' as const },
    ];
    expect(await extract('partnerships', { stages })).toEqual([1, 0]);
    expect(await extract('partnerships', { stages })).toEqual([0, 0]);
  });

  it('do not hold a child whose parent has not come', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', { id: 1 }, { id: 2, from_stage: 'identified', to_stage: 'proposal' });
    await world.put('milestones', {});
    await world.put('user_activity', { partnership_id: uuidOf('deal') });
    const children = ['fact_deal_events', 'fact_user_activity'];
    const models = ['dim_deal_stage', 'dim_user', 'dim_entity', ...children, 'fact_partnerships'];
    const outcome = await world.step1();
    expect([outcome.status, outcome.rejected]).toEqual(['succeeded', 0]);
    await world.build(models);
    expect(await world.list('SELECT DISTINCT partnership_key FROM fact_deal_events')).toEqual(['0']);
    expect(await world.list('SELECT DISTINCT partnership_key FROM fact_user_activity')).toEqual(['0']);
    expect(await world.list('SELECT stage_visit FROM fact_deal_events ORDER BY event_id')).toEqual([1, 2]);

    await world.put('partnerships', {});
    await world.extract();
    await world.build(models);
    const key = await world.list('SELECT partnership_key FROM fact_partnerships');
    expect(key).toHaveLength(1);
    expect(await world.list('SELECT DISTINCT partnership_key FROM fact_deal_events')).toEqual(key);
    expect(await world.list('SELECT DISTINCT partnership_key FROM fact_user_activity')).toEqual(key);
    expect(await world.list('SELECT milestones_total FROM fact_partnerships')).toEqual([1]);
  });

  it('take the entity of the nil uuid, which stands for the unknown member', async () => {
    const nil = '00000000-0000-0000-0000-000000000000';
    await putMarket(world.postgres);
    await world.put('entities', { id: nil });
    expect(await extract('entities')).toEqual([2, 1]);
    expect(await codes()).toEqual([`${nil} bad_uuid`]);
  });
});

describe('an event that came before its deal', () => {
  const OLD = '2026-01-01T09:30:00.25Z';

  it('and is older than the deal allows leaves raw and joins the rejects when the deal comes', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', { id: 1, occurred_at: OLD }, { id: 2 });
    expect(await extract('deal_events')).toEqual([2, 0]);
    await world.put('partnerships', {});
    const second = await world.extract({ only: ['partnerships', 'deal_events'] });
    expect(second.deal_events).toMatchObject({ loaded: 0, rejected: 1 });
    expect(await world.list('SELECT id FROM raw_deal_events WHERE _deleted')).toEqual(['1']);
    const [late] = await world.rejects('deal_events');
    // The same words as if it had come after its deal.
    await world.forget();
    const inOrder = await world.extract({ only: ['partnerships', 'deal_events'] });
    expect(inOrder.deal_events).toMatchObject({ loaded: 1, rejected: 1 });
    const [direct] = await world.rejects('deal_events');
    const words = ({ recordKey, reasonCode, reason, payload }: NonNullable<typeof late>) => ({
      recordKey,
      reasonCode,
      reason,
      payload,
    });
    if (!late || !direct) throw new Error('no reject');
    expect(words(late)).toEqual(words(direct));
    expect(direct.reasonCode).toBe('event_before_deal');
  });

  it('is rejected once, however often it is read, and its neighbours stay', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', { id: 1, occurred_at: OLD }, { id: 2 });
    await extract('deal_events');
    await world.put('partnerships', {});
    for (const _ of [1, 2, 3])
      await world.extract({ only: ['partnerships', 'deal_events'], sweepEvery: EVERY_RUN });
    expect(await world.rejects('deal_events')).toHaveLength(1);
    expect(
      await world.rows(
        'SELECT id, count() AS versions, max(_deleted) AS gone FROM raw_deal_events GROUP BY id ORDER BY id',
      ),
    ).toEqual([
      { id: '1', versions: '2', gone: true },
      { id: '2', versions: '1', gone: false },
    ]);
    // Mended at its source it is an event again.
    await world.put('deal_events', { id: 1, occurred_at: LONG_AGO });
    expect(await extract('deal_events')).toEqual([1, 0]);
  });
});

describe('a source that breaks off', () => {
  /** product.milestones as a view whose 3,000th row calls `trap`; rows before it have left Postgres by then. */
  async function trapMilestones(trap: string): Promise<void> {
    await world.put('milestones', ...Array.from({ length: 3000 }, (_, n) => ({ id: uuidOf(`${n}`) })));
    await world.postgres.execute(`
      ALTER TABLE product.milestones RENAME TO milestones_kept;
      CREATE VIEW product.milestones AS
      SELECT * FROM (
        SELECT id, partnership_id, completed, completed_at,
          CASE WHEN row_number() OVER () = 3000 THEN (SELECT current_date WHERE ${trap}) END AS due_date, updated_at
        FROM product.milestones_kept) AS m`);
  }
  const untrapMilestones = () =>
    world.postgres.execute(
      'DROP VIEW product.milestones; ALTER TABLE product.milestones_kept RENAME TO milestones',
    );

  it('fails alone when Postgres fails in the middle of its rows, and names its SELECT', async () => {
    await putMarket(world.postgres);
    await world.put('trends', {});
    await trapMilestones('1 / (random() * 0)::int > 0');
    try {
      const reports = await world.extract({ only: ['entities', 'milestones', 'trends'] });
      expect([reports.entities?.loaded, reports.trends?.loaded]).toEqual([2, 1]);
      expect(reports.milestones).toMatchObject({
        status: 'failed',
        loaded: 0,
        error: { class: 'configuration', code: 'source_select_failed' },
      });
      expect(reports.milestones?.error?.message).toContain(
        'modules/warehouse/infrastructure/sources/milestones.sql',
      );
    } finally {
      await untrapMilestones();
    }
    // What arrived before the fault was in the stage only; the next run starts it anew.
    expect(await world.rawRows('milestones')).toEqual([]);
    expect(await extract('milestones')).toEqual([3000, 0]);
  });

  it('ends the step as transient when the connection goes, since a repeat will do', async () => {
    await trapMilestones('pg_terminate_backend(pg_backend_pid())');
    try {
      await expect(world.extract({ only: ['milestones'] })).rejects.toMatchObject({ class: 'transient' });
    } finally {
      await untrapMilestones();
    }
    expect(await extract('milestones')).toEqual([3000, 0]);
  });

  it('does not wait for ever when nobody takes its bytes', async () => {
    await world.put('trends', {});
    const reports = await world.extract({
      only: ['user_activity', 'trends'],
      around: (source) => ({
        ...source,
        read: (cursor, land) =>
          source.read(cursor, async (bytes) => {
            if (source.definition.name === 'user_activity') throw new Error('before the first byte');
            await land(bytes);
          }),
      }),
    });
    expect([reports.user_activity?.status, reports.trends?.status]).toEqual(['failed', 'succeeded']);
  });

  it('does not wait for ever when ClickHouse refuses the bytes', async () => {
    await world.postgres.execute(
      `INSERT INTO product.user_activity SELECT n, $1, repeat('x', 200), NULL, NULL, $2::timestamptz FROM generate_series(1, 200000) n`,
      [uuidOf('owner'), LONG_AGO],
    );
    let refused = false;
    const reports = await world.extract({
      only: ['user_activity', 'trends'],
      around: (source) => ({
        ...source,
        read: (cursor, land) =>
          source.read(cursor, async (bytes) => {
            // The stage disappears under the insert, as when someone drops the database.
            if (source.definition.name === 'user_activity') {
              const [stage] = await world.list(
                `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'stage_user_activity')
                 ORDER BY metadata_modification_time DESC`,
              );
              await world.clickhouse.command('DROP TABLE {stage: Identifier} SYNC', { stage });
              refused = true;
            }
            await land(bytes);
          }),
      }),
    });
    expect(refused).toBe(true);
    expect(reports.user_activity).toMatchObject({ status: 'failed', loaded: 0 });
    expect(reports.trends).toMatchObject({ status: 'succeeded' });
    expect(await world.postgres.query('SELECT 1 AS one', [], z.object({ one: z.number() }))).toEqual([
      { one: 1 },
    ]);
  });
});
