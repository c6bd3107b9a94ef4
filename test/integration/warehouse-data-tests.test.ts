import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Model } from '../../modules/warehouse/domain/model.js';
import { dataTests, models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { LONG_AGO, putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

const BEGINNING = '1900-01-01T00:00:00.000000Z';
const ENDING = '2299-12-31T00:00:00.000000Z';
const NIL = '00000000-0000-0000-0000-000000000000';

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

const insert = (table: string, ...rows: object[]) => world.clickhouse.insertRows(table, rows);

/** Records that break one data test, as a run that built every model sees them. */
async function failures(name: string): Promise<{ failures: number; sample: string[] }> {
  const test = dataTests.find((candidate) => candidate.name === name);
  if (!test) throw new Error(`no data test ${name}`);
  const found = await world.models().test(
    test,
    models.map((model) => model.name),
  );
  return { ...found, sample: found.sample.sort() };
}

describe('a data test', () => {
  beforeEach(() => world.forget());

  interface Interval {
    from?: string;
    to?: string;
    current?: boolean;
  }
  for (const dimension of ['entity', 'trend']) {
    const plant = async (versions: Record<string, Interval[]>) => {
      const rows = Object.entries(versions).flatMap(([name, intervals]) =>
        intervals.map(({ from = BEGINNING, to = ENDING, current = true }, n) => ({
          [`${dimension}_key`]: `${n + 1}`,
          [`${dimension}_id`]: uuidOf(name),
          valid_from: from,
          valid_to: to,
          is_current: current,
          version: n + 1,
        })),
      );
      await insert(`dim_${dimension}`, ...rows);
    };
    const MARCH = '2026-03-01T00:00:00.000000Z';
    const APRIL = '2026-04-01T00:00:00.000000Z';

    it(`finds each ${dimension} whose versions do not cover all time once`, async () => {
      await plant({
        good: [{}],
        'good too': [{ to: MARCH, current: false }, { from: MARCH }],
        gap: [{ to: MARCH, current: false }, { from: APRIL }],
        overlap: [{ to: APRIL, current: false }, { from: MARCH }],
        'the same interval twice': [{ current: false }, {}],
        'begins late': [{ from: MARCH }],
        'ends early': [{ to: APRIL }],
        'lasts no time': [{ to: BEGINNING, current: false }, {}],
      });
      const bad = ['gap', 'overlap', 'the same interval twice', 'begins late', 'ends early', 'lasts no time'];
      const found = await failures(`dim_${dimension}_intervals`);
      expect(found.failures).toBe(bad.length);
      expect(bad.map(uuidOf)).toEqual(expect.arrayContaining(found.sample));
      expect(found.sample).toHaveLength(5);
    });

    it(`finds each ${dimension} without exactly one current version`, async () => {
      await plant({
        good: [{ to: MARCH, current: false }, { from: MARCH }],
        none: [{ current: false }],
        two: [{ to: MARCH }, { from: MARCH }],
      });
      expect(await failures(`dim_${dimension}_one_current`)).toEqual({
        failures: 2,
        sample: [uuidOf('none'), uuidOf('two')].sort(),
      });
    });
  }

  it('finds facts that lost a row or have one too many', async () => {
    await insert('raw_deal_events', { id: 1 }, { id: 1 }, { id: 2 });
    await insert('fact_deal_events', { event_id: 1 });
    await insert('raw_user_activity', { id: 1 });
    await insert('fact_user_activity', { activity_id: 1 }, { activity_id: 1 });
    await insert('raw_trend_metrics', { id: 1 }, { id: 1 });
    await insert('fact_trend_metrics', { metric_id: 1 });
    expect(await failures('fact_rows_kept')).toEqual({
      failures: 2,
      sample: ['fact_deal_events: 1 rows for 2 keys', 'fact_user_activity: 2 rows for 1 keys'],
    });
  });

  it('finds a key that stands for two rows, in every table that has keys of its own', async () => {
    const keys = {
      dim_entity: 'entity_key',
      dim_trend: 'trend_key',
      dim_user: 'user_key',
      dim_deal_stage: 'stage_key',
      fact_partnerships: 'partnership_key',
      fact_deal_events: 'event_key',
      fact_trend_metrics: 'metric_key',
      fact_affinity_scores: 'affinity_key',
      fact_user_activity: 'activity_key',
    };
    for (const [table, key] of Object.entries(keys))
      await insert(table, { [key]: '7' }, { [key]: '7' }, { [key]: '8' });
    const test = dataTests.find((candidate) => candidate.name === 'keys_unique');
    for (const table of Object.keys(keys)) {
      if (!test) throw new Error('no data test keys_unique');
      expect(await world.models().test(test, [table])).toEqual({ failures: 1, sample: [`${table} 7`] });
    }
  });

  it('warns of deals without a rate, of waiting events, of unknown members and of stages that disagree', async () => {
    await insert(
      'fact_partnerships',
      {
        partnership_key: '1',
        partnership_id: uuidOf('odd'),
        currency: 'JPY',
        entity1_key: '1',
        entity2_key: '1',
        owner_user_key: '0',
        current_stage_key: '5',
      },
      {
        partnership_key: '2',
        partnership_id: uuidOf('fine'),
        currency: 'JPY',
        deal_value_reporting: '1',
        entity1_key: '1',
        entity2_key: '1',
        owner_user_key: '1',
        current_stage_key: '6',
      },
    );
    await insert(
      'fact_deal_events',
      { event_id: 3, partnership_key: '0' },
      ...[1, 2].flatMap((deal) => [
        { event_id: deal * 10, partnership_key: deal, stage_visit: 1, to_stage_key: '5' },
        { event_id: deal * 10 + 1, partnership_key: deal, stage_visit: 2, to_stage_key: '6' },
      ]),
    );
    expect(await failures('deal_value_has_rate')).toEqual({ failures: 1, sample: ['JPY: 1 deals'] });
    expect(await failures('fact_deal_events_waiting')).toEqual({ failures: 1, sample: ['3'] });
    expect(await failures('fact_partnerships_unknown_member')).toEqual({
      failures: 1,
      sample: [uuidOf('odd')],
    });
    expect(await failures('partnership_stage_matches_events')).toEqual({
      failures: 1,
      sample: [uuidOf('odd')],
    });
  });
});

describe('step 2', () => {
  beforeEach(async () => {
    await world.empty();
    await putMarket(world.postgres);
    await world.put('partnerships', { currency: 'JPY' });
  });
  const results = () =>
    world.rows(
      `SELECT test, severity, failures, sample FROM data_test_results WHERE failures > 0 ORDER BY test`,
    );

  it('goes on after a warning and keeps it, and fails for an error', async () => {
    await world.clickhouse.command('TRUNCATE TABLE data_test_results');
    await world.step1();
    const outcome = await world.step2();
    expect(outcome).toMatchObject({
      status: 'succeeded',
      detail: {
        tests: [{ test: 'deal_value_has_rate', severity: 'warn', failures: 1 }],
        testsRun: dataTests.length,
      },
    });
    expect(await results()).toEqual([
      { test: 'deal_value_has_rate', severity: 'warn', failures: '1', sample: 'JPY: 1 deals' },
    ]);

    // No extraction lets this id through: someone else wrote it.
    const entity = {
      entity_type: 'brand',
      name: 'x',
      industry: 'x',
      tier: 'x',
      created_at: LONG_AGO,
      updated_at: LONG_AGO,
    };
    await insert('raw_entities', {
      id: NIL,
      tenant_id: uuidOf('tenant'),
      ...entity,
      _extracted_at: LONG_AGO,
    });
    expect(await world.step2()).toMatchObject({
      status: 'failed',
      error: {
        class: 'rejected',
        code: 'data_test_failed',
        message: expect.stringContaining(`dim_entity_one_current: 1 records (${NIL})`),
      },
    });
    expect((await results()).map((row) => row.test)).toEqual([
      'deal_value_has_rate',
      'deal_value_has_rate',
      'dim_entity_intervals',
      'dim_entity_one_current',
    ]);
  });

  it('publishes a model whole or not at all', async () => {
    await world.step1();
    await world.step2();
    const store = world.models();
    const model = models.find(({ name }) => name === 'dim_deal_stage');
    if (!model) throw new Error('no model dim_deal_stage');
    const read = () => world.rows('SELECT * FROM dim_deal_stage ORDER BY stage_order');
    const before = await read();
    expect(before).toHaveLength(13);
    // Writes some blocks before it fails.
    const broken: Model = {
      ...model,
      select: `SELECT number + 1, 'x', throwIf(number = 150000), 'x', 'open' FROM numbers(200000) SETTINGS max_block_size = 1000, max_threads = 1, min_insert_block_size_rows = 1000`,
    };
    await expect(store.build(broken)).rejects.toMatchObject({ source: 'clickhouse' });
    expect(await read()).toEqual(before);
    await store.build(model);
    expect(await read()).toEqual(before);
    // As a kill leaves it, before or after the exchange.
    await world.clickhouse.command('CREATE TABLE build_dim_deal_stage AS dim_deal_stage');
    await insert('build_dim_deal_stage', { stage_key: '1', stage_name: 'half' });
    await store.build(model);
    expect(await read()).toEqual(before);
    expect(
      await world.list(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'build_')`,
      ),
    ).toEqual([]);
  });

  it('gives the same tables when it is run again, and after all is forgotten', async () => {
    await world.put(
      'deal_events',
      {},
      { id: 2, from_stage: 'identified', to_stage: 'completed', occurred_at: '2026-02-01T00:00:00Z' },
    );
    await world.put('partnerships', { currency: 'USD', stage: 'completed', success_score: '4' });
    await world.put('affinity_scores', {});
    await world.put('trends', {});
    await world.put('trend_metrics', {});
    await world.put('user_activity', { partnership_id: uuidOf('deal') });
    world.putFile(
      'external/unit_economics.csv',
      'month,acquisition_cost,revenue,gross_margin,currency\n2026-02,100,1,0.5,USD\n',
    );
    const everything = async () => {
      const outcome = await world.step2();
      expect(outcome.status).toBe('succeeded');
      const tables: Record<string, unknown> = {};
      for (const { name } of models) tables[name] = await world.rows(`SELECT * FROM ${name} ORDER BY ALL`);
      return tables;
    };
    await world.step1();
    const first = await everything();
    for (const { name } of models) expect([name, first[name]]).not.toEqual([name, []]);
    expect(await everything()).toEqual(first);
    await world.forget();
    await world.step1();
    expect(await everything()).toEqual(first);

    // An increment, and then the same state read whole.
    await world.put('partnerships', {
      currency: 'USD',
      stage: 'declined',
      success_score: '4',
      updated_at: '2026-02-03T00:00:00Z',
    });
    await world.put('deal_events', { id: 3, to_stage: 'declined', occurred_at: '2026-02-02T00:00:00Z' });
    await world.put('users', { full_name: 'Olga Changed' });
    await world.put('user_activity', {
      id: 2,
      activity_type: 'contact',
      occurred_at: '2026-02-02T00:00:00Z',
    });
    await world.step1();
    const second = await everything();
    expect(second).not.toEqual(first);
    await world.forget();
    await world.step1();
    expect(await everything()).toEqual(second);

    expect(first.agg_unit_economics).toEqual([
      {
        month: '2026-02-01',
        currency: 'USD',
        acquisition_cost: '100.00',
        revenue: '1.00',
        gross_margin: '0.50000000',
        deals_won: 1,
        cost_per_won_deal: '100.00',
      },
    ]);
    expect(first.agg_daily_partnership_metrics).toEqual([
      {
        date_key: 20260105,
        tenant_id: uuidOf('tenant'),
        partnership_type: 'licensing',
        deals_created: 1,
        deals_won: 0,
        deals_lost: 0,
        value_created: '1000.00',
        value_won: '0.00',
      },
      {
        date_key: 20260201,
        tenant_id: uuidOf('tenant'),
        partnership_type: 'licensing',
        deals_created: 0,
        deals_won: 1,
        deals_lost: 0,
        value_created: '0.00',
        value_won: '1000.00',
      },
    ]);
    const stage = async (name: string) =>
      (
        await world.list('SELECT stage_key FROM dim_deal_stage WHERE stage_name = {name: String}', { name })
      )[0];
    expect(first.agg_stage_time).toHaveLength(2);
    expect(first.agg_stage_time).toEqual(
      expect.arrayContaining([
        {
          stage_key: await stage('identified'),
          partnership_type: 'licensing',
          visits: 1,
          completed_visits: 1,
          median_days: 26 + 14 / 24,
          p90_days: 26 + 14 / 24,
        },
        {
          stage_key: await stage('completed'),
          partnership_type: 'licensing',
          visits: 1,
          completed_visits: 0,
          median_days: null,
          p90_days: null,
        },
      ]),
    );
    expect(second.agg_activity).toEqual([
      { date_key: 20260105, activity_type: 'search', activities: '1', users: '1' },
      { date_key: 20260202, activity_type: 'contact', activities: '1', users: '1' },
    ]);
  });
});
