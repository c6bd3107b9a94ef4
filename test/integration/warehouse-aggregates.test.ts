import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { entityId, loadMarket, type FactMarket, type MarketDeal } from '../factories/fact-market.js';
import { uuidOf } from '../factories/product-rows.js';
import { markets } from '../factories/random-market.js';
import { AGGREGATES, expectAggregates } from '../oracle/naive/compare.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(900_000);

const at = (day: string) => `${day}T12:00:00.000Z`;
const NOBODY = '00000000-0000-0000-0000-000000000000';

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

/** Two music brands, a film brand, and a music label that was a film studio when its deals were made. */
const entities: FactMarket['entities'] = [
  { type: 'brand', joined: at('2025-01-01'), versions: [['music', 'enterprise']] },
  { type: 'brand', joined: at('2025-01-01'), versions: [['music', 'individual']] },
  { type: 'brand', joined: at('2025-01-01'), versions: [['film', 'enterprise']] },
  {
    type: 'brand',
    joined: at('2025-01-01'),
    versions: [
      ['film', 'enterprise'],
      ['music', 'enterprise'],
    ],
  },
];

async function build(market: Partial<FactMarket>): Promise<void> {
  await loadMarket(world.clickhouse, { entities, deals: [], ...market });
  await world.build(AGGREGATES);
}

const deal = (stage: string, created: string, more: Partial<MarketDeal> = {}): MarketDeal => ({
  sides: [
    [0, 0],
    [1, 0],
  ],
  stage,
  created: at(created),
  ...more,
});

const values = async (query: string): Promise<unknown[][]> =>
  (await world.rows(query)).map((row) => Object.values(row));

describe('partnership metrics', () => {
  it('count a deal once for an industry that both sides share, and in full for both entities', async () => {
    await build({
      deals: [
        deal('lead', '2025-03-01', { value: '100.10' }),
        deal('lead', '2025-03-01', {
          sides: [
            [0, 0],
            [2, 0],
          ],
          value: '0.20',
        }),
        deal('lead', '2025-03-01', { sides: [[0, 0], null], value: null }),
        deal('lead', '2025-03-01', { deleted: true }),
      ],
    });
    expect(
      await values(
        `SELECT dimension, dimension_value, deals_created, value_created, deals_without_rate FROM agg_daily_metrics
         WHERE dimension IN ('all', 'industry', 'tier') ORDER BY ALL`,
      ),
    ).toEqual([
      ['all', '', 3, '100.30', 1],
      ['industry', 'film', 1, '0.20', 0],
      ['industry', 'music', 3, '100.30', 1],
      ['industry', 'unknown', 1, '0.00', 1],
      ['tier', 'enterprise', 3, '100.30', 1],
      ['tier', 'individual', 1, '100.10', 0],
      ['tier', 'unknown', 1, '0.00', 1],
    ]);
    const byEntity = new Map(
      (
        await values(
          `SELECT dimension_value, deals_created, value_created FROM agg_monthly_metrics WHERE dimension = 'entity'`,
        )
      ).map(([id, ...figures]) => [id, figures]),
    );
    expect(byEntity).toEqual(
      new Map([
        [entityId(0), [3, '100.30']],
        [entityId(1), [1, '100.10']],
        [entityId(2), [1, '0.20']],
        [NOBODY, [1, '0.00']],
      ]),
    );
  });

  it('close a deal on the day it entered the stage it stands in, and never before it began', async () => {
    await build({
      deals: [
        deal('completed', '2025-03-01', {
          updated: at('2025-09-09'),
          events: [
            { to: 'completed', at: at('2025-03-10') },
            { to: 'declined', at: at('2025-03-20') },
            { to: 'completed', at: at('2025-04-02') },
            { to: 'expired', at: at('2025-05-05') },
          ],
        }),
        deal('declined', '2025-03-05', { updated: at('2025-03-31') }),
        deal('expired', '2025-03-06', { events: [{ to: 'expired', at: at('2025-03-05') }] }),
        deal('lead', '2025-03-07'),
      ],
    });
    expect(
      await values(
        'SELECT created_date_key, closed_date_key, days_to_won FROM agg_deal_timeline ORDER BY ALL',
      ),
    ).toEqual([
      [20250301, 20250402, 32],
      [20250305, 20250331, null],
      [20250306, 20250306, null],
      [20250307, null, null],
    ]);
    expect(
      await values(
        `SELECT month, deals_created, deals_won, deals_lost, deals_open_end, value_open_end, win_rate FROM agg_monthly_metrics
         WHERE dimension = 'all' ORDER BY month`,
      ),
    ).toEqual([
      ['2025-03-01', 4, 0, 2, 2, '2000.00', 0],
      ['2025-04-01', 0, 1, 0, 1, '1000.00', 1],
    ]);
  });
});

describe('the platform', () => {
  it('has open what every tenant has open, also on days on which only one of them did something', async () => {
    await build({
      deals: [
        deal('lead', '2025-03-01', { value: '1.00' }),
        deal('completed', '2025-03-01', { tenant: 'other tenant', value: '5.00', updated: at('2025-03-03') }),
        deal('lead', '2025-03-02', { tenant: 'other tenant', value: '7.00' }),
      ],
    });
    const columns = 'deals_created, deals_won, deals_open_end, value_open_end';
    expect(
      await values(
        `SELECT date_key, ${columns} FROM agg_platform_metrics WHERE dimension = 'all' ORDER BY date_key`,
      ),
    ).toEqual([
      [20250301, 2, 0, 2, '6.00'],
      [20250302, 1, 0, 3, '13.00'],
      [20250303, 0, 1, 2, '8.00'],
    ]);
    expect(
      await values(
        `SELECT date_key, ${columns} FROM agg_daily_partnership_metrics WHERE tenant_id = '${uuidOf('tenant')}' ORDER BY date_key`,
      ),
    ).toEqual([[20250301, 1, 0, 1, '1.00']]);
  });
});

describe('the funnel', () => {
  it('counts a deal as having reached every stage up to its furthest, whichever way it went', async () => {
    await build({
      deals: [
        // Straight to the end, one stage skipped.
        deal('completed', '2025-03-01', {
          events: [
            { to: 'lead', at: at('2025-03-01') },
            { to: 'signed', at: at('2025-03-03') },
            { to: 'completed', at: at('2025-03-04') },
          ],
        }),
        // Back to the first stage after being signed, twice in it.
        deal('lead', '2025-03-01', {
          events: [
            { to: 'lead', at: at('2025-03-01') },
            { to: 'signed', at: at('2025-03-11') },
            { to: 'lead', at: at('2025-03-12') },
          ],
        }),
        // Lost without a word of where it was, except that it left an offer.
        deal('declined', '2025-03-01', { events: [{ from: 'offer', to: 'declined', at: at('2025-03-08') }] }),
        deal('unknown', '2025-03-01'),
        deal('lead', '2025-03-01', { deleted: true, events: [{ to: 'live', at: at('2025-03-08') }] }),
      ],
    });
    const rows = await values(
      `SELECT s.stage_name, f.path_position, f.reached, f.advanced, f.won, f.lost_here, f.conversion_to_next, f.conversion_to_won, f.entered, f.open_here,
         f.visits, f.completed_visits, f.median_days
       FROM agg_funnel AS f INNER JOIN dim_deal_stage AS s ON s.stage_key = f.stage_key
       WHERE f.scope = 'tenant' AND f.dimension = 'all' ORDER BY f.path_position, s.stage_order`,
    );
    expect(rows).toEqual([
      ['unknown', 0, 0, 0, 0, 0, null, null, 1, 1, 0, 0, null],
      ['declined', 0, 0, 0, 0, 0, null, null, 1, 0, 1, 0, null],
      ['lead', 1, 4, 3, 1, 0, 3 / 4, 1 / 4, 2, 1, 3, 2, 6],
      ['offer', 2, 3, 2, 1, 1, 2 / 3, 1 / 3, 0, 0, 0, 0, null],
      ['signed', 3, 2, 1, 1, 0, 1 / 2, 1 / 2, 2, 0, 2, 2, 1],
      ['live', 4, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, null],
      // 'renewal' comes after the won stage in the file's order, and before it on the path.
      ['renewal', 5, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, null],
      ['completed', 6, 1, 0, 1, 0, null, 1, 1, 0, 1, 0, null],
    ]);
    expect(
      await values(
        'SELECT median_days, p90_days, visits FROM agg_stage_time WHERE completed_visits = 2 ORDER BY ALL',
      ),
    ).toEqual([
      [1, 1, 2],
      [6, 9.2, 3],
    ]);
  });
});

describe('success and return', () => {
  it('compares an entity with the industry it is in now, by the industry its deals were made in', async () => {
    const film: MarketDeal['sides'] = [[3, 0], null];
    await build({
      deals: [
        deal('completed', '2025-03-01', { sides: film, value: '3000.00', updated: at('2025-03-02') }),
        deal('completed', '2025-03-01', {
          sides: film,
          value: null,
          successful: false,
          updated: at('2025-03-02'),
        }),
        deal('declined', '2025-03-01', { sides: film, updated: at('2025-04-02') }),
        deal('lead', '2025-03-01', { sides: film }),
        deal('completed', '2025-03-01', { value: '500.00', updated: at('2025-04-02') }),
      ],
      // Three deals were won in March or April: 1500 / 2 each in March, none known in April.
      costs: [{ month: '2025-03-01', currency: 'EUR', cost: '750.00', revenue: '0', margin: '0' }],
      rates: [{ date: '2025-03-31', currency: 'EUR', rate: '2' }],
    });
    const [row] = await world.rows(`SELECT * FROM agg_success_roi WHERE entity_id = '${entityId(3)}'`);
    expect(row).toEqual({
      entity_id: entityId(3),
      tenant_id: uuidOf('tenant'),
      entity_type: 'brand',
      industry: 'music',
      tier: 'enterprise',
      deals: 4,
      deals_won: 2,
      deals_lost: 1,
      successes: 1,
      success_rate: 1 / 3,
      win_rate: 2 / 3,
      value_won: '3000.00',
      value_per_outcome: '1000.00',
      roi_deals: 1,
      allocated_cost: '750.00',
      roi: 3,
      industry_deals: 1,
      industry_deals_won: 1,
      industry_deals_lost: 0,
      industry_success_rate: 1,
      industry_win_rate: 1,
      industry_value_won: '500.00',
      industry_value_per_outcome: '500.00',
      industry_roi: null,
      success_rate_difference: 1 / 3 - 1,
      value_per_outcome_difference: '500.00',
      roi_difference: null,
    });
    expect(await values(`SELECT deals, industry FROM agg_success_roi WHERE entity_id = '${NOBODY}'`)).toEqual(
      [[4, 'unknown']],
    );
  });
});

describe('cycle times', () => {
  it('interpolate between the deals that came through a phase, and keep those that went backwards', async () => {
    const days = [1, 2, 4, 10].map((daysToSigned) =>
      deal('lead', '2025-03-01', { daysToSigned, value: '9999.99' }),
    );
    await build({
      deals: [
        ...days,
        deal('completed', '2025-03-01', {
          daysToSigned: 3,
          daysToActive: 1,
          value: '10000.00',
          updated: at('2025-03-11'),
        }),
      ],
    });
    expect(
      await values(
        `SELECT phase, n, min_days, p25_days, median_days, p75_days, p90_days, max_days FROM agg_cycle_time
         WHERE scope = 'platform' AND dimension = 'all' ORDER BY phase`,
      ),
    ).toEqual([
      ['active_to_won', 1, 9, 9, 9, 9, 9, 9],
      ['created_to_active', 1, 1, 1, 1, 1, 1, 1],
      ['created_to_signed', 5, 1, 2, 3, 4, expect.closeTo(7.6, 12), 10],
      ['created_to_won', 1, 10, 10, 10, 10, 10, 10],
      ['signed_to_active', 1, -2, -2, -2, -2, -2, -2],
    ]);
    expect(
      await values(
        `SELECT dimension_value, n FROM agg_cycle_time WHERE scope = 'platform' AND dimension = 'value_band' AND phase = 'created_to_signed' ORDER BY 1`,
      ),
    ).toEqual([
      ['10k_to_50k', 1],
      ['under_10k', 4],
    ]);
  });
});

describe('momentum', () => {
  it('changes against the latest measured day a week or a month before, and against nothing older', async () => {
    const on = (day: string, momentum: string, version = 0) => ({
      trend: [0, version] as [number, number],
      at: at(day),
      momentum,
    });
    await build({
      trends: [['emerging', 'peak'], ['emerging']],
      metrics: [
        on('2025-03-01', '0.1000'),
        on('2025-03-10', '0.2000'),
        on('2025-03-10', '0.4000', 1),
        on('2025-03-23', '0.5000', 1),
        on('2025-04-06', '0.9000', 1),
        { trend: null, at: at('2025-03-01'), momentum: '0.7' },
        { trend: null, at: at('2025-03-10'), momentum: '0.8' },
      ],
    });
    expect(
      await values(
        `SELECT lifecycle_stage, date_key, momentum_avg, momentum_change_7d, momentum_change_30d FROM agg_trend_momentum ORDER BY date_key, lifecycle_stage`,
      ),
    ).toEqual([
      ['emerging', 20250301, 0.1, null, null],
      ['unknown', 20250301, 0.7, null, null],
      // Nine days before is within the week of grace; both versions of the day are one trend: 0.3 - 0.1.
      ['emerging', 20250310, 0.2, '0.200000', null],
      ['peak', 20250310, 0.4, '0.200000', null],
      ['unknown', 20250310, 0.8, null, null],
      // 13 days before is the last that counts.
      ['peak', 20250323, 0.5, '0.200000', null],
      // 14 days before does not count; 36 days before does.
      ['peak', 20250406, 0.9, null, '0.800000'],
    ]);
    expect(
      await values(
        `SELECT lifecycle_stage, trends, changed_7d, change_7d_avg FROM agg_lifecycle_momentum WHERE date_key = 20250310 ORDER BY 1`,
      ),
    ).toEqual([
      ['emerging', 1, 1, '0.200000'],
      ['peak', 1, 1, '0.200000'],
      ['unknown', 0, 0, null],
    ]);
  });
});

describe('activity', () => {
  it('counts known users once, and does not take all the unknown ones for one', async () => {
    const search = (user: number | null) => ({ user, type: 'search', target: null, at: at('2025-03-01') });
    await build({ activities: [search(1), search(1), search(2), search(null), search(null)] });
    expect(await values('SELECT * FROM agg_activity')).toEqual([[20250301, 'search', '5', '2', '2']]);
  });
});

describe('all aggregates', () => {
  it('hold exactly what plain loops over the facts find, in any market', async () => {
    await fc.assert(
      fc.asyncProperty(markets, async (market) => {
        await loadMarket(world.clickhouse, market);
        await world.build(AGGREGATES);
        await expectAggregates(world);
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
});
