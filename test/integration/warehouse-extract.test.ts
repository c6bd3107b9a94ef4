import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LONG_AGO, putMarket, uuidOf } from '../factories/product-rows.js';
import { residentBytes } from '../support/memory.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const extract: Warehouse['extractOne'] = (...args) => world.extractOne(...args);
const codes = (source?: string) => world.rejectCodes(source);

describe('an increment', () => {
  it('loads everything first, nothing when nothing changed, and one version for a changed row', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', {});
    await world.put('deal_events', {}, { id: 2, from_stage: 'identified', to_stage: 'negotiation' });
    await world.put('milestones', {});
    await world.put('affinity_scores', {});
    await world.put('trends', {});
    await world.put('trend_metrics', {});
    await world.put('user_activity', {});
    const loaded = async () =>
      Object.fromEntries(
        Object.entries(await world.extract()).map(([name, report]) => [name, report.loaded]),
      );
    const none = {
      tenants: 0,
      users: 0,
      entities: 0,
      partnerships: 0,
      deal_events: 0,
      milestones: 0,
      affinity_scores: 0,
      trends: 0,
      trend_metrics: 0,
      user_activity: 0,
      graph_alignments: 0,
      graph_affinities: 0,
      fx_rates: 0,
      unit_economics: 0,
    };
    expect(await loaded()).toEqual({
      ...none,
      tenants: 1,
      users: 1,
      entities: 2,
      partnerships: 1,
      deal_events: 2,
      milestones: 1,
      affinity_scores: 1,
      trends: 1,
      trend_metrics: 1,
      user_activity: 1,
    });
    expect(await loaded()).toEqual(none);

    await world.put('entities', { name: 'Acme Corp', updated_at: '2026-01-06T10:00:00Z' });
    await world.put('users', { time_zone: 'Asia/Kolkata' });
    expect(await loaded()).toEqual({ ...none, entities: 1, users: 1 });
    expect(
      await world.list(`SELECT name FROM raw_entities WHERE id = {id: UUID} ORDER BY updated_at`, {
        id: uuidOf('Acme'),
      }),
    ).toEqual(['Acme', 'Acme Corp']);
    expect(await loaded()).toEqual(none);
  });

  it('trap 4: finds one more row of a timestamp that 25,000 rows share already', async () => {
    const milestones = (from: number, to: number) =>
      world.postgres.execute(
        `INSERT INTO product.milestones SELECT md5(n::text)::uuid, $3, false, NULL, NULL, $4::timestamptz FROM generate_series($1::int, $2::int) n`,
        [from, to, uuidOf('deal'), LONG_AGO],
      );
    await milestones(1, 25_000);
    expect(await extract('milestones', { lagSeconds: 0 })).toEqual([25_000, 0]);
    await milestones(25_001, 25_001);
    expect(await extract('milestones', { lagSeconds: 0 })).toEqual([1, 0]);
    expect(await world.list('SELECT uniqExact(id) FROM raw_milestones')).toEqual(['25001']);
    expect(await extract('milestones', { lagSeconds: 0 })).toEqual([0, 0]);
  });

  it('trap 5: finds a row that was committed late, with an older timestamp inside the lag or an older id', async () => {
    await world.put('milestones', { updated_at: '2026-01-05T10:10:00Z' });
    await world.put('user_activity', { id: 6000 });
    expect(await extract('milestones')).toEqual([1, 0]);
    expect(await extract('user_activity')).toEqual([1, 0]);
    await world.put('milestones', { id: uuidOf('late'), updated_at: '2026-01-05T10:00:00Z' });
    await world.put('user_activity', { id: 1000 });
    expect(await extract('milestones', { lagSeconds: 600 })).toEqual([1, 0]);
    expect(await extract('user_activity')).toEqual([1, 0]);
  });

  it('trap 6: tells instants a microsecond apart, in the rows and in the cursor', async () => {
    await world.put('milestones', { updated_at: '2026-01-05T10:00:00.123456Z' });
    expect(await extract('milestones', { lagSeconds: 0 })).toEqual([1, 0]);
    expect(await world.list('SELECT cursor FROM raw_cursors')).toEqual(['2026-01-05 10:00:00.123456+00']);
    await world.put(
      'milestones',
      { id: uuidOf('a microsecond before'), updated_at: '2026-01-05T10:00:00.123455Z' },
      { id: uuidOf('a microsecond after'), updated_at: '2026-01-05T10:00:00.123457Z' },
    );
    // Without a lag the cursor is exact: what lies before it is not asked for again.
    expect(await extract('milestones', { lagSeconds: 0 })).toEqual([1, 0]);
    expect(await world.list('SELECT updated_at FROM raw_milestones ORDER BY updated_at')).toEqual([
      '2026-01-05T10:00:00.123456Z',
      '2026-01-05T10:00:00.123457Z',
    ]);
  });

  it('keeps the state a row returned to, also when its timestamp never moved', async () => {
    await world.put('tenants', {});
    for (const name of ['A', 'B', 'A']) {
      await world.put('entities', { name });
      await world.put('trends', { name });
      await world.extract({ only: ['entities', 'trends'] });
    }
    await world.build(['dim_entity', 'dim_trend']);
    expect(await world.list('SELECT entity_name FROM dim_entity WHERE entity_key != 0')).toEqual(['A']);
    expect(await world.list('SELECT trend_name FROM dim_trend WHERE trend_key != 0')).toEqual(['A']);
    expect(await extract('trends')).toEqual([0, 0]);
  });

  it('trap 5: reads every source as of one instant', async () => {
    await putMarket(world.postgres);
    const beforeEntities = async () => {
      await world.put('users', { id: uuidOf('too late') });
      await world.put('entities', { name: 'changed meanwhile', updated_at: '2026-01-05T11:00:00Z' });
    };
    const first = await world.extract({
      only: ['tenants', 'users', 'entities'],
      around: (source) => ({
        ...source,
        read: async (cursor, land) => {
          if (source.definition.name === 'tenants') await beforeEntities();
          await source.read(cursor, land);
        },
      }),
    });
    expect([first.users?.loaded, first.entities?.loaded]).toEqual([1, 2]);
    expect(await world.list('SELECT name FROM raw_entities ORDER BY name')).toEqual(['Acme', 'Bolt']);
    const second = await world.extract({ only: ['tenants', 'users', 'entities'] });
    expect([second.users?.loaded, second.entities?.loaded]).toEqual([1, 1]);
  });

  it('trap 3: adds what is missing and no row twice after a kill between rows and cursor', async () => {
    await world.put('user_activity', ...Array.from({ length: 500 }, (_, n) => ({ id: n + 1 })));
    await extract('user_activity');
    const undisturbed = await world.rawRows('user_activity');
    // As a kill leaves it: some or all rows in raw, no cursor.
    for (const lost of ['id % 3 = 0', 'false']) {
      await world.clickhouse.command('TRUNCATE TABLE raw_cursors');
      await world.clickhouse.command(`DELETE FROM raw_user_activity WHERE ${lost}`);
      await extract('user_activity');
      expect(await world.rawRows('user_activity')).toEqual(undisturbed);
    }
    expect(undisturbed).toHaveLength(500);
  });

  it('is not led past rows by a timestamp of the far future', async () => {
    await world.put('milestones', {}, { id: uuidOf('2290'), updated_at: '2190-01-01T00:00:00Z' });
    expect(await extract('milestones')).toEqual([2, 0]);
    await world.put(
      'milestones',
      { id: uuidOf('year 20000'), updated_at: '20000-01-01T00:00:00Z' },
      { id: uuidOf('infinity'), updated_at: 'infinity' },
    );
    expect(await extract('milestones')).toEqual([0, 2]);
    await world.put('milestones', { id: uuidOf('next'), updated_at: '2026-01-05T10:00:01Z' });
    expect(await extract('milestones')).toEqual([1, 0]);
  });
});

describe('values', () => {
  it('trap 12: arrive whole past 2^53', async () => {
    await world.put('trend_metrics', { id: '9007199254740993', engagement_total: '9223372036854775807' });
    await world.put('deal_events', { id: '9007199254740993' }, { id: '9007199254740992' });
    expect(await extract('trend_metrics')).toEqual([1, 0]);
    expect(await extract('deal_events')).toEqual([2, 0]);
    expect(await world.rows('SELECT id, engagement_total FROM raw_trend_metrics')).toEqual([
      { id: '9007199254740993', engagement_total: '9223372036854775807' },
    ]);
    await world.put('deal_events', { id: '9007199254740994' });
    expect(await extract('deal_events')).toEqual([1, 0]);
    expect(await world.list('SELECT id FROM raw_deal_events ORDER BY id')).toEqual([
      '9007199254740992',
      '9007199254740993',
      '9007199254740994',
    ]);
    expect(
      await world.list(`SELECT argMax(cursor, confirmed_at) FROM raw_cursors WHERE source = 'deal_events'`),
    ).toEqual(['9007199254740994']);
  });

  it('arrive as they are written, whatever characters they hold', async () => {
    const texts = [
      'tab\tnewline\nreturn\rback\bfeed\fvertical\v',
      'quote " and \' and `',
      'back\\slash \\n \\t \\\\',
      '\\N',
      '\\.',
      'NULL',
      '',
      '  spaces  ',
      'Zürich 東京 🎷 \u2028 \u0001',
      '{run_id: UUID}',
    ];
    await world.put('tenants', {});
    await world.put(
      'entities',
      ...texts.map((name, n) => ({
        id: uuidOf(`${n}`),
        name,
        location: name,
        updated_at: `2026-01-05T10:00:${10 + n}Z`,
      })),
      { id: uuidOf('nowhere'), name: 'nowhere', location: null, updated_at: '2026-01-05T11:00:00Z' },
    );
    expect(await extract('entities')).toEqual([texts.length + 1, 0]);
    expect(await world.rows('SELECT name, location FROM raw_entities ORDER BY updated_at')).toEqual([
      ...texts.map((name) => ({ name, location: name })),
      { name: 'nowhere', location: null },
    ]);
    expect(await extract('entities')).toEqual([0, 0]);
  });

  it('that no contract type can hold are rejected, not bent', async () => {
    await putMarket(world.postgres);
    await world.put(
      'partnerships',
      {},
      { id: uuidOf('not a number'), deal_value: 'NaN' },
      { id: uuidOf('score nan'), success_score: 'NaN' },
      { id: uuidOf('infinity'), signed_at: 'infinity' },
      { id: uuidOf('minus infinity'), activated_at: '-infinity' },
      { id: uuidOf('date infinity'), start_date: 'infinity' },
      { id: uuidOf('year 2300'), signed_at: '2300-01-01T00:00:00Z' },
      { id: uuidOf('year 9999'), end_date: '9999-12-31' },
      { id: uuidOf('year 294276'), activated_at: '294276-12-31T00:00:00Z' },
      { id: uuidOf('before Christ'), created_at: '0044-03-15 00:00:00+00 BC' },
      { id: uuidOf('far but fine'), end_date: '2299-12-31' },
      { id: uuidOf('old but fine'), start_date: '1900-01-01', created_at: '1900-01-01 00:00:00+00' },
    );
    expect(await extract('partnerships')).toEqual([3, 9]);
    expect(await codes()).toEqual(
      [
        `${uuidOf('not a number')} bad_number`,
        `${uuidOf('score nan')} bad_number`,
        `${uuidOf('infinity')} bad_timestamp`,
        `${uuidOf('minus infinity')} bad_timestamp`,
        `${uuidOf('date infinity')} bad_date`,
        `${uuidOf('year 2300')} bad_timestamp`,
        `${uuidOf('year 9999')} bad_date`,
        `${uuidOf('year 294276')} bad_timestamp`,
        `${uuidOf('before Christ')} bad_timestamp`,
      ].sort(),
    );
    expect(await world.list('SELECT end_date FROM raw_partnerships WHERE end_date IS NOT NULL')).toEqual([
      '2299-12-31',
    ]);
  });

  it('trap 13: of a finer or wider numeric column are rounded as Postgres would, or rejected', async () => {
    await putMarket(world.postgres);
    await world.postgres.execute(
      'ALTER TABLE product.partnerships ALTER deal_value TYPE numeric, ALTER success_score TYPE numeric',
    );
    try {
      await world.put(
        'partnerships',
        { id: uuidOf('1'), deal_value: '10.005', success_score: '4.994' },
        { id: uuidOf('2'), deal_value: '9999999999.994' },
        { id: uuidOf('3'), deal_value: '9999999999.995' },
        { id: uuidOf('4'), deal_value: '123456789012345678901234567890' },
        { id: uuidOf('5'), deal_value: '0.1234567890123456789012345678901234567890' },
        { id: uuidOf('6'), deal_value: '1', success_score: '5.004' },
      );
      expect(await extract('partnerships')).toEqual([4, 2]);
      expect(
        await world.rows('SELECT deal_value, success_score FROM raw_partnerships ORDER BY deal_value'),
      ).toEqual([
        { deal_value: '0.12', success_score: null },
        { deal_value: '1.00', success_score: '5.00' },
        { deal_value: '10.01', success_score: '4.99' },
        { deal_value: '9999999999.99', success_score: null },
      ]);
      expect(await codes()).toEqual(
        [`${uuidOf('3')} number_out_of_range`, `${uuidOf('4')} bad_number`].sort(),
      );
    } finally {
      await world.postgres.execute('DELETE FROM product.partnerships');
      await world.postgres.execute(
        'ALTER TABLE product.partnerships ALTER deal_value TYPE numeric(12,2), ALTER success_score TYPE numeric(3,2)',
      );
    }
  });
});

describe('half a million rows', () => {
  it('pass through without being held', async () => {
    // 400 bytes each: held whole they would be 250 MB and more.
    await world.postgres.execute(
      `INSERT INTO product.user_activity SELECT n, $1, repeat('x', 400), NULL, NULL, $2::timestamptz FROM generate_series(1, 500000) n`,
      [uuidOf('owner'), LONG_AGO],
    );
    const before = residentBytes();
    let peak = before;
    let calls = 0;
    const onProgress = () => {
      if (++calls % 200 === 0) peak = Math.max(peak, residentBytes());
    };
    expect(await extract('user_activity', { context: { onProgress } })).toEqual([500_000, 0]);
    expect((peak - before) / 2 ** 20).toBeLessThan(150);
    expect(await extract('user_activity')).toEqual([0, 0]);
  });
});
