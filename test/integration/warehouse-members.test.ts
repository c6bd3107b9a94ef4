import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadMarket, type FactMarket } from '../factories/fact-market.js';
import { AGGREGATES } from '../oracle/naive/compare.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(300_000);

const at = (day: string) => `${day}T12:00:00.000Z`;

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

async function build(market: FactMarket): Promise<void> {
  await loadMarket(world.clickhouse, market);
  await world.build(AGGREGATES);
}
const values = async (query: string): Promise<unknown[][]> =>
  (await world.rows(query)).map((row) => Object.values(row));

describe('members', () => {
  const member = (joined: string): FactMarket['entities'][number] => ({
    type: 'member',
    joined: at(joined),
    versions: [['music', 'individual']],
  });
  const seen = (entity: number, day: string) => ({
    user: 1,
    type: 'view_match',
    target: [entity, 0] as [number, number],
    at: at(day),
  });
  // Two members join in January, one in February; what each does:
  const market: FactMarket = {
    entities: [member('2025-01-31'), member('2025-01-01'), member('2025-02-10')],
    activities: [seen(0, '2025-01-31'), seen(0, '2025-02-01'), seen(2, '2025-04-01'), seen(2, '2025-01-05')],
    deals: [
      // Both of January's cohort on one deal, started in February, won in April.
      {
        sides: [
          [0, 0],
          [1, 0],
        ],
        stage: 'completed',
        created: at('2025-02-28'),
        events: [{ to: 'completed', at: at('2025-04-30') }],
      },
    ],
  };

  it('are active in a month with activity, a stage change or a new deal, and a deal of two is one deal', async () => {
    await build(market);
    expect(await values('SELECT * FROM agg_member_cohort ORDER BY 1, 2')).toEqual([
      ['2025-01-01', 0, 2, 1, 0.5, 0, 0, 0, 0],
      ['2025-01-01', 1, 2, 2, 1, 1, 0, 1, 0],
      ['2025-01-01', 2, 2, 0, 0, 0, 0, 1, 0],
      ['2025-01-01', 3, 2, 2, 1, 0, 1, 1, 1],
      ['2025-02-01', 0, 1, 0, 0, 0, 0, 0, 0],
      ['2025-02-01', 1, 1, 0, 0, 0, 0, 0, 0],
      ['2025-02-01', 2, 1, 1, 1, 0, 0, 0, 0],
    ]);
  });

  it('cost, bring in and leave: each figure by hand', async () => {
    const cost = (month: string, currency: string, amount: string, revenue: string, margin: string) => ({
      month,
      currency,
      cost: amount,
      revenue,
      margin,
    });
    await build({
      ...market,
      activities: [...(market.activities ?? []), seen(0, '2025-03-05')],
      costs: [
        cost('2025-02-01', 'USD', '999.00', '1.00', '0.5'),
        cost('2025-02-01', 'USD', '100.00', '400.00', '0.5'),
        cost('2025-02-01', 'EUR', '50.00', '100.00', '0.25'),
        cost('2025-03-01', 'USD', '10.00', '100.00', '0.3'),
        cost('2025-03-01', 'JPY', '10.00', '100.00', '0.3'),
        cost('2025-04-01', 'USD', '10.00', '0.00', '0.3'),
        { ...cost('2025-05-01', 'USD', '10.00', '0.00', '0.3'), deleted: true },
      ],
      rates: [
        { date: '2025-02-28', currency: 'EUR', rate: '1.2' },
        { date: '2025-03-01', currency: 'EUR', rate: '9' },
        { date: '2025-04-01', currency: 'JPY', rate: '0.01' },
      ],
    });
    const columns = `month, currency, acquisition_cost, gross_profit, gross_margin, new_members, active_members, churned_members, deals_won,
      cost_per_won_deal, cac, arpa, churn_rate, ltv, ltv_to_cac, payback_months`;
    expect(
      await values(`SELECT ${columns} FROM agg_monthly_economics WHERE basis = 'reporting' ORDER BY month`),
    ).toEqual([
      ['2025-01-01', 'USD', null, null, null, 2, 1, 0, 0, null, null, null, null, null, null, null],
      // 100 + 50 * 1.2; 200 + 25 * 1.2 of 520; both of January active, nobody left: no life time.
      [
        '2025-02-01',
        'USD',
        '160.00',
        '230.00',
        '0.44230769',
        1,
        2,
        0,
        0,
        null,
        '160.00',
        '260.00',
        0,
        null,
        null,
        '1.39',
      ],
      // No rate for the yen by the end of March: not the dollars alone. One of two left.
      ['2025-03-01', 'USD', null, null, null, 0, 1, 1, 0, null, null, null, 0.5, null, null, null],
      ['2025-04-01', 'USD', '10.00', '0.00', null, 0, 3, 0, 1, '10.00', null, '0.00', 0, null, null, null],
    ]);
    expect(
      await values(
        `SELECT ${columns} FROM agg_monthly_economics WHERE basis = 'currency' AND month = '2025-03-01' AND currency = 'USD'`,
      ),
    ).toEqual([
      // 30.00 gross profit of one active member over two months of life.
      [
        '2025-03-01',
        'USD',
        '10.00',
        '30.00',
        '0.30000000',
        0,
        1,
        1,
        0,
        null,
        null,
        '100.00',
        0.5,
        '60.00',
        null,
        null,
      ],
    ]);
    expect(
      await values(
        'SELECT month, currency, acquisition_cost, cac, acquisition_cost_reporting, cac_reporting FROM agg_unit_economics ORDER BY 1, 2',
      ),
    ).toEqual([
      ['2025-02-01', 'EUR', '50.00', '50.00', '160.00', '160.00'],
      ['2025-02-01', 'USD', '100.00', '100.00', '160.00', '160.00'],
      ['2025-03-01', 'JPY', '10.00', null, null, null],
      ['2025-03-01', 'USD', '10.00', null, null, null],
      ['2025-04-01', 'USD', '10.00', null, '10.00', null],
    ]);
  });
});
