import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { putMarket } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

const modelReports = z.object({ models: z.array(z.object({ model: z.string(), status: z.string() })) });

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const alter = (statement: string) => world.postgres.execute(statement);

describe('a product that is not as the contract says', () => {
  const cases = [
    {
      drift: 'a table that is missing',
      source: 'milestones',
      change: 'ALTER TABLE product.milestones RENAME TO elsewhere',
      undo: 'ALTER TABLE product.elsewhere RENAME TO milestones',
      code: 'source_table_missing',
      says: 'milestones',
    },
    {
      drift: 'a column that is missing',
      source: 'partnerships',
      change: 'ALTER TABLE product.partnerships RENAME COLUMN deal_value TO worth',
      undo: 'ALTER TABLE product.partnerships RENAME COLUMN worth TO deal_value',
      code: 'source_column_missing',
      says: 'deal_value',
    },
    {
      drift: 'a column of another type',
      source: 'entities',
      change: 'ALTER TABLE product.entities ALTER updated_at TYPE timestamp',
      undo: 'ALTER TABLE product.entities ALTER updated_at TYPE timestamptz',
      code: 'source_column_type',
      says: 'updated_at as timestamp without time zone',
    },
    {
      drift: 'money of a floating type',
      source: 'partnerships',
      change: 'ALTER TABLE product.partnerships ALTER deal_value TYPE double precision',
      undo: 'ALTER TABLE product.partnerships ALTER deal_value TYPE numeric(12,2)',
      code: 'source_column_type',
      says: 'deal_value as double precision',
    },
    {
      drift: 'ids of another type',
      source: 'tenants',
      change:
        'ALTER TABLE product.tenants RENAME TO kept; CREATE VIEW product.tenants AS SELECT id::text, name FROM product.kept',
      undo: 'DROP VIEW product.tenants; ALTER TABLE product.kept RENAME TO tenants',
      code: 'source_column_type',
      says: 'id as text',
    },
  ];
  for (const { drift, source, change, undo, code, says } of cases) {
    it(`fails the step for ${drift}, names its SELECT, and reads the other sources`, async () => {
      await putMarket(world.postgres);
      await world.put('user_activity', {});
      await alter(change);
      try {
        const outcome = await world.step1();
        const file = `modules/warehouse/infrastructure/sources/${source}.sql`;
        expect(outcome).toMatchObject({
          status: 'failed',
          error: { class: 'configuration', code },
          detail: { failedSources: [source], continue: true },
        });
        expect(outcome.error?.message).toContain(file);
        expect(outcome.error?.message).toContain(says);
        expect(await world.list('SELECT count() FROM raw_users')).toEqual(['1']);
        expect(await world.list('SELECT count() FROM raw_user_activity')).toEqual(['1']);
      } finally {
        await alter(undo);
      }
      expect((await world.step1()).status).toBe('succeeded');
    });
  }

  it('may have more columns than the contract: they are ignored and noted', async () => {
    await world.put('tenants', {});
    await alter(
      `ALTER TABLE product.tenants ADD COLUMN plan text DEFAULT 'gold', ADD COLUMN extra jsonb DEFAULT '{}'`,
    );
    try {
      const { tenants } = await world.extract({ only: ['tenants'] });
      const notes = ['tenants.extra is not in the contract', 'tenants.plan is not in the contract'];
      expect(tenants).toMatchObject({ status: 'succeeded', loaded: 1, notes });
      expect((await world.extract({ only: ['tenants'] })).tenants).toMatchObject({ loaded: 0, notes });
    } finally {
      await alter('ALTER TABLE product.tenants DROP COLUMN plan, DROP COLUMN extra');
    }
    expect((await world.extract({ only: ['tenants'] })).tenants?.notes).toBeUndefined();
  });

  it('keeps the models of the failed source, and builds the others', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', {});
    await world.put('trends', {});
    await world.put('user_activity', {});
    expect((await world.step1()).status).toBe('succeeded');
    expect((await world.step2()).status).toBe('succeeded');
    const before = await world.rows('SELECT * FROM fact_partnerships');
    expect(before).toHaveLength(1);

    await world.put('partnerships', { deal_value: '5', updated_at: '2026-01-06T10:00:00Z' });
    await world.put('user_activity', { id: 2 });
    await world.put('trends', { name: 'Renamed', updated_at: '2026-01-06T10:00:00Z' });
    await alter('ALTER TABLE product.milestones RENAME TO elsewhere');
    try {
      const extracted = await world.step1();
      const outcome = await world.step2({ earlier: new Map([['extract', extracted]]) });
      expect(outcome).toMatchObject({ status: 'partial' });
      const kept = modelReports.parse(outcome.detail).models.filter((model) => model.status === 'kept');
      const names = kept.map(({ model }) => model);
      expect(names).toEqual(
        expect.arrayContaining(['fact_partnerships', 'agg_stage_time', 'agg_unit_economics']),
      );
      expect(names.filter((name) => /^(dim_|fact_(deal|user|trend|affinity))/.test(name))).toEqual([]);
    } finally {
      await alter('ALTER TABLE product.elsewhere RENAME TO milestones');
    }
    expect(await world.rows('SELECT * FROM fact_partnerships')).toEqual(before);
    expect(await world.list('SELECT count() FROM fact_user_activity')).toEqual(['2']);
    expect(await world.list('SELECT trend_name FROM dim_trend WHERE is_current AND trend_key != 0')).toEqual([
      'Renamed',
    ]);

    const extracted = await world.step1();
    expect(await world.step2({ earlier: new Map([['extract', extracted]]) })).toMatchObject({
      status: 'succeeded',
    });
    expect(await world.list('SELECT deal_value FROM fact_partnerships')).toEqual(['5.00']);
  });
});
