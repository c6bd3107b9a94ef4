import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import type { PreparedBuild } from '../../modules/warehouse/application/ports.js';
import { compileTests, dataTest } from '../../modules/warehouse/domain/data-test.js';
import { downstreamOf } from '../../modules/warehouse/domain/lineage.js';
import { models, testsOf } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { LONG_AGO, putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

const AS_OF = '2026-06-17T12:00:00.000000Z';
const BEGINNING = '1900-01-01T00:00:00.000000Z';
const ENDING = '2299-12-31T00:00:00.000000Z';
const NIL = '00000000-0000-0000-0000-000000000000';
/** What was built whole and came out as before is unchanged. */
const GOOD = ['built', 'unchanged'];
const allTests = [...testsOf.values()].flat();

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

const insert = (table: string, ...rows: object[]) => world.clickhouse.insertRows(table, rows);
/** A table as a full build hands it to its tests, or its changed rows as an increment does. */
const prepared = (thisTable: string, changedTable?: string, wholeTable = thisTable): PreparedBuild => ({
  rows: 0,
  written: 0,
  changed: true,
  reset: false,
  thisTable,
  wholeTable,
  until: {},
  ...(changedTable === undefined ? {} : { changedTable }),
});

/** What one data test finds in the table of its model. */
async function failures(
  name: string,
  build?: PreparedBuild,
): Promise<{ failures: number; sample: string[] }> {
  const test = allTests.find((candidate) => candidate.name === name);
  if (!test) throw new Error(`no data test ${name}`);
  const [found] = await world.models().test([test], build ?? prepared(test.model), AS_OF);
  return found!;
}

describe('the declared data tests', () => {
  it('have names of their own', () => {
    const names = allTests.map((test) => test.name);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
    expect(allTests.filter(({ rule }) => rule === '')).toEqual([]);
  });

  it('are there for every model', () => {
    expect(models.map(({ name }) => name).filter((name) => (testsOf.get(name) ?? []).length === 0)).toEqual(
      [],
    );
  });

  it('are statements that the engine runs, in a full build and in an increment', async () => {
    const found: string[] = [];
    for (const model of models) {
      const builds = [prepared(model.name)];
      if (model.materialised === 'incremental') {
        const changed = `changed_${model.name}`;
        await world.clickhouse.command(
          `CREATE TABLE ${changed} ENGINE = Memory AS SELECT ${model.key} AS key FROM ${model.name} LIMIT 0`,
        );
        builds.push(prepared(`(SELECT * FROM ${model.name})`, changed));
      }
      const tests = testsOf.get(model.name) ?? [];
      for (const build of builds) {
        const together = await world.models().test(tests, build, AS_OF);
        for (const [i, test] of tests.entries()) {
          const [alone] = await world.models().test([test], build, AS_OF);
          if (together[i]?.failures !== 0 || alone?.failures !== 0) found.push(test.name);
        }
      }
      await world.clickhouse.command(`DROP TABLE IF EXISTS changed_${model.name} SYNC`);
    }
    expect(found).toEqual([]);
  });
});

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

  it('finds the keys that a fact lost, doubled or made up, also where their counts agree', async () => {
    const version = { _version_at: LONG_AGO, _extracted_at: LONG_AGO };
    const gone = { _version_at: AS_OF, _extracted_at: LONG_AGO, _deleted: true };
    const raw = [1, 2, 3, 4, 5].map((id) => ({ id, ...version }));
    // 1 is there twice in raw, as after a crash; 5 was removed since; 3 was removed and came back.
    await insert('raw_trend_metrics', ...raw, { id: 1, ...version }, { id: 5, ...gone }, { id: 3, ...gone });
    await insert('raw_trend_metrics', { id: 3, _version_at: AS_OF, _extracted_at: AS_OF });
    const put = async (...ids: number[]) => {
      await world.clickhouse.command('TRUNCATE TABLE fact_trend_metrics');
      await insert('fact_trend_metrics', ...ids.map((metric_id) => ({ metric_id })));
      return await failures('fact_trend_metrics_rows_match_raw_trend_metrics');
    };
    expect(await put(1, 2, 3, 4)).toEqual({ failures: 0, sample: [] });
    expect(await put(1, 2, 4)).toEqual({ failures: 1, sample: ['3: no row'] });
    expect(await put(1, 1, 2, 4)).toEqual({ failures: 2, sample: ['1: 2 rows', '3: no row'] });
    expect(await put(1, 2, 3, 4, 5, 9)).toEqual({
      failures: 2,
      sample: ['5: not in the source', '9: not in the source'],
    });
  });

  it('holds an increment to the changed keys alone, also of rows that moved between them', async () => {
    const event = (id: number, deal: string, at: string) => ({
      id,
      partnership_id: uuidOf(deal),
      _version_at: at,
      _extracted_at: at,
    });
    // 2 moved from a to b long ago: it is none of a's, whichever of the two changed.
    await insert('raw_deal_events', event(1, 'a', LONG_AGO), event(2, 'a', LONG_AGO), event(2, 'b', AS_OF));
    await insert(
      'fact_deal_events',
      { event_id: 1, _partnership_id: uuidOf('a') },
      { event_id: 2, _partnership_id: uuidOf('b') },
    );
    const name = 'fact_deal_events_rows_match_raw_deal_events';
    const of = async (...deals: string[]) => {
      await world.clickhouse.command('CREATE OR REPLACE TABLE changed_test (key UUID) ENGINE = Memory');
      await insert('changed_test', ...deals.map((deal) => ({ key: uuidOf(deal) })));
      const rows = '(SELECT * FROM fact_deal_events WHERE _partnership_id IN (SELECT key FROM changed_test))';
      return await failures(name, prepared(rows, 'changed_test'));
    };
    for (const deals of [['a'], ['b'], ['a', 'b'], ['neither']])
      expect([deals, await of(...deals)]).toEqual([deals, { failures: 0, sample: [] }]);
    await insert('fact_deal_events', { event_id: 2, _partnership_id: uuidOf('a') });
    expect(await of('a')).toEqual({ failures: 1, sample: ['2: not in the source'] });
    expect(await of('b')).toEqual({ failures: 0, sample: [] });
    expect(await failures(name)).toEqual({ failures: 1, sample: ['2: 2 rows'] });
    await world.clickhouse.command('DROP TABLE changed_test SYNC');
  });

  it('finds a key that stands for two rows, in every table that has keys of its own', async () => {
    const keys = {
      dim_entity: 'entity_key',
      dim_trend: 'trend_key',
      dim_user: 'user_key',
      dim_deal_stage: 'stage_key',
      fact_partnerships: 'partnership_key',
      fact_deal_events: 'event_key',
      fact_trend_metrics: 'metric_id',
      fact_affinity_scores: 'affinity_id',
      fact_user_activity: 'activity_id',
    };
    for (const [table, key] of Object.entries(keys)) {
      await insert(table, { [key]: '7' }, { [key]: '7' }, { [key]: '8' });
      expect(await failures(`${table}_unique_${key}`)).toEqual({ failures: 1, sample: ['7'] });
    }
  });

  it('finds what each kind of declaration says, and takes NULL as each of them must', async () => {
    await world.clickhouse.command(
      'CREATE OR REPLACE TABLE odd (id UInt8, a Nullable(Int8), at Date32) ENGINE = Memory',
    );
    await world.clickhouse.command('CREATE OR REPLACE TABLE odd_parent (id Int8) ENGINE = Memory');
    await insert('odd_parent', { id: 0 }, { id: 1 });
    const run = async (declared: object) => {
      const model = { name: 'odd', materialised: 'full' as const, key: 'id', reads: ['odd_parent'] };
      const [test] = compileTests({ ...model, tests: [dataTest.parse(declared)] }, () => '');
      if (!test) throw new Error('no test');
      const [found] = await world.models().test([test], prepared('odd'), AS_OF);
      return found?.sample;
    };
    const freshness = { freshness: { column: 'at', days: 10 } };
    expect(await run(freshness)).toEqual([]);
    await insert(
      'odd',
      { id: 1, a: 0, at: '2026-06-07' },
      { id: 2, a: null, at: '2026-06-01' },
      { id: 3, a: 3, at: '2026-06-01' },
      { id: 3, a: null, at: '2026-06-01' },
    );
    expect(await run({ unique: 'id' })).toEqual(['3']);
    expect(await run({ unique: ['id', 'a'] })).toEqual([]);
    expect(await run({ unique: 'a' })).toEqual(['NULL']);
    expect(await run({ not_null: ['id', 'a'], record: ['id'] })).toEqual(['2', '3']);
    expect(await run({ not_null: 'a', where: 'id = 3' })).toEqual(['id: 3, a: NULL']);
    expect(await run({ accepted_values: { column: 'a', values: ['0', '1'] } })).toEqual(['id: 3, a: 3']);
    const query = 'SELECT id FROM odd_parent';
    expect(await run({ accepted_values: { column: 'a', query } })).toEqual(['id: 3, a: 3']);
    expect(await run({ relationships: { column: 'a', to: 'odd_parent', field: 'id' } })).toEqual([
      'id: 3, a: 3',
    ]);
    expect(await run({ relationships: { column: 'a', to: 'odd', field: 'id' }, record: 'a' })).toEqual(['0']);
    expect(await run({ expression: 'a >= 0', name: 'x' })).toEqual(['2', '3']);
    // Ten days and twelve hours.
    expect(await run(freshness)).toEqual(['newest 2026-06-07']);
    expect(await run({ freshness: { column: 'at', days: 10.5 } })).toEqual([]);
    await world.clickhouse.command('DROP TABLE odd SYNC');
    await world.clickhouse.command('DROP TABLE odd_parent SYNC');
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
    await world.clickhouse.command('TRUNCATE TABLE data_test_results');
    await putMarket(world.postgres);
    await world.put('partnerships', { currency: 'JPY' });
  });
  const findings = () =>
    world.rows(
      `SELECT test, model, severity, failures, sample FROM data_test_results WHERE failures > 0 ORDER BY recorded_at, test`,
    );
  const noRate = {
    test: 'deal_value_has_rate',
    model: 'fact_partnerships',
    severity: 'warn',
    failures: '1',
    sample: ['JPY: 1 deals'],
  };
  const build = (options = {}) => world.step2({ asOf: AS_OF }, undefined, options);

  it('goes on after a warning and keeps every result with its rule', async () => {
    await world.step1();
    expect(await build()).toMatchObject({
      status: 'succeeded',
      detail: {
        tests: [{ test: 'deal_value_has_rate', severity: 'warn', failures: 1 }],
        testsRun: allTests.length,
        blocked: [],
      },
    });
    expect(await findings()).toEqual([noRate]);
    const stored = await world.rows('SELECT test, rule, tested_at FROM data_test_results ORDER BY test');
    expect(stored).toEqual(
      [...allTests]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, rule }) => ({ test: name, rule, tested_at: AS_OF })),
    );
  });

  it('keeps the finding of a warning when an increment touches other rows', async () => {
    await world.step1();
    await build();
    await world.put('partnerships', { id: uuidOf('other deal'), updated_at: '2026-03-01T00:00:00Z' });
    await world.step1();
    expect(await build()).toMatchObject({
      detail: { tests: [{ test: 'deal_value_has_rate', failures: 1, sample: ['JPY: 1 deals'] }] },
    });
    await world.put('partnerships', { currency: 'USD', updated_at: '2026-03-02T00:00:00Z' });
    await world.step1();
    expect(await build()).toMatchObject({ detail: { tests: [] } });
  });

  it('does not publish what fails a test of severity error, and stops exactly what reads it', async () => {
    await world.put('user_activity', {});
    await world.step1();
    await build();
    const tables = ['dim_entity', 'fact_partnerships', 'fact_user_activity', 'dim_user'];
    const read = async () => {
      const found: Record<string, unknown> = {};
      for (const name of tables) found[name] = await world.rows(`SELECT * FROM ${name} ORDER BY ALL`);
      return found;
    };
    const before = await read();
    // No extraction lets this id through: someone else wrote it.
    const entity = { entity_type: 'brand', name: 'x', industry: 'x', tier: 'individual' };
    const at = { created_at: LONG_AGO, updated_at: LONG_AGO, _version_at: LONG_AGO, _extracted_at: LONG_AGO };
    await insert('raw_entities', { id: NIL, tenant_id: uuidOf('tenant'), ...entity, ...at });
    await world.put('users', { full_name: 'Olga Changed' });
    await world.step1();
    const outcome = await build({ full: true });
    expect(outcome).toMatchObject({
      status: 'partial',
      error: {
        class: 'rejected',
        code: 'data_test_failed',
        message: expect.stringContaining(`dim_entity_one_current: 1 records (${NIL})`),
      },
    });
    const readers = ['dim_entity', ...downstreamOf(models, ['dim_entity'])].sort();
    const { blocked, models: reports } = z
      .object({
        blocked: z.array(z.string()),
        models: z.array(z.object({ model: z.string(), status: z.string() })),
      })
      .parse(outcome.detail);
    expect([...blocked].sort()).toEqual(readers);
    for (const { model, status } of reports) {
      const expected = model === 'dim_entity' ? ['rejected'] : readers.includes(model) ? ['kept'] : GOOD;
      expect([model, expected]).toEqual([model, expect.arrayContaining([status])]);
    }
    const after = await read();
    expect(after.dim_user).not.toEqual(before.dim_user);
    expect({ ...after, dim_user: before.dim_user }).toEqual(before);
    expect((await findings()).map((row) => row.test)).toEqual([
      'deal_value_has_rate',
      'dim_entity_intervals',
      'dim_entity_one_current',
    ]);
  });
});
