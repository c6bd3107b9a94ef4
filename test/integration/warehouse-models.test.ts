import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { loadStages, selectModels } from '../../modules/warehouse/index.js';
import { LONG_AGO, putMarket, uuidOf, type ProductRow } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

const DEAL_SOURCES = ['users', 'entities', 'partnerships', 'deal_events', 'milestones', 'fx_rates'];
const DEAL_MODELS = ['dim_deal_stage', 'dim_user', 'dim_entity', 'fact_deal_events', 'fact_partnerships'];

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.empty();
  await putMarket(world.postgres);
});

async function loadDeals(): Promise<void> {
  await world.extract({ only: DEAL_SOURCES });
  await world.build(DEAL_MODELS);
}

/** Columns of fact_partnerships by the name the deal was put with. */
async function deals(names: readonly string[], columns: string): Promise<Record<string, unknown>> {
  const rows = await world.rows(`SELECT partnership_id, ${columns} FROM fact_partnerships`);
  return Object.fromEntries(
    names.map((name) => {
      const { partnership_id: _, ...values } = rows.find((row) => row.partnership_id === uuidOf(name)) ?? {};
      return [name, Object.values(values)];
    }),
  );
}

async function putDeals(specs: Record<string, ProductRow>): Promise<string[]> {
  await world.put(
    'partnerships',
    ...Object.entries(specs).map(([name, row]) => ({ id: uuidOf(name), ...row })),
  );
  return Object.keys(specs);
}

describe('a deal', () => {
  it('is completed, lost and successful by its stage and its score', async () => {
    const names = await putDeals({
      open: { stage: 'active', success_score: '5.00' },
      won: { stage: 'completed', success_score: '3.50' },
      'won, but barely missed': { stage: 'completed', success_score: '3.49' },
      'won without a score': { stage: 'completed' },
      declined: { stage: 'declined', success_score: '5.00' },
      expired: { stage: 'expired' },
      'won and deleted': { stage: 'completed', success_score: '5.00', deleted_at: LONG_AGO },
    });
    await loadDeals();
    expect(await deals(names, 'is_completed, is_lost, is_successful, is_deleted')).toEqual({
      open: [false, false, null, false],
      won: [true, false, true, false],
      'won, but barely missed': [true, false, false, false],
      'won without a score': [true, false, false, false],
      declined: [false, true, false, false],
      expired: [false, true, false, false],
      'won and deleted': [true, false, true, true],
    });
  });

  it('counts calendar days to its first stage of a category, by its events before its own columns', async () => {
    const created_at = '2026-01-05T23:59:59.999999Z';
    const names = await putDeals({
      'by events': { created_at, signed_at: '2026-05-01T00:00:00Z', activated_at: '2026-05-01T00:00:00Z' },
      'by its columns': {
        created_at,
        signed_at: '2026-01-07T00:00:00Z',
        activated_at: '2026-01-05T23:59:59.999999Z',
      },
      neither: { created_at },
      'onboarding first': { created_at },
    });
    const [byEvents, , neither, onboarding] = names.map(uuidOf);
    const event = (id: number, deal: string | undefined, to: string, at: string) => ({
      id,
      partnership_id: deal ?? '',
      to_stage: to,
      occurred_at: at,
    });
    await world.put(
      'deal_events',
      event(1, byEvents, 'proposal', '2026-01-05T23:59:59.999999Z'),
      event(2, byEvents, 'signed', '2026-01-06T00:00:00Z'),
      event(3, byEvents, 'negotiation', '2026-01-07T00:00:00Z'),
      event(4, byEvents, 'signed', '2026-01-20T00:00:00Z'),
      event(5, byEvents, 'active', '2026-02-05T12:00:00Z'),
      event(6, neither, 'proposal', '2026-01-09T00:00:00Z'),
      event(7, onboarding, 'onboarding', '2026-01-09T00:00:00Z'),
    );
    await loadDeals();
    expect(await deals(names, 'days_to_signed, days_to_active')).toEqual({
      'by events': [1, 31],
      'by its columns': [2, 0],
      neither: [null, null],
      'onboarding first': [4, null],
    });
  });

  it('has a milestone rate over its newest milestones, and none without any', async () => {
    const names = await putDeals({ some: {}, none: {} });
    const milestone = (name: string, row: ProductRow) => ({
      id: uuidOf(name),
      partnership_id: uuidOf('some'),
      ...row,
    });
    await world.put(
      'milestones',
      milestone('a', {}),
      milestone('b', {}),
      milestone('c', { completed: true }),
    );
    await world.extract({ only: ['milestones'] });
    await world.put('milestones', milestone('b', { completed: true, updated_at: '2026-01-06T10:00:00Z' }));
    await loadDeals();
    expect(await deals(names, 'milestones_total, milestones_completed, milestone_completion_rate')).toEqual({
      some: [3, 2, 2 / 3],
      none: [0, 0, null],
    });
  });

  it('is valued at the latest rate on or before its creation day, rounded half away from zero', async () => {
    world.putFile(
      'external/fx_rates.csv',
      [
        'date,currency,rate',
        '2026-01-04,EUR,2',
        '2026-01-05,EUR,1.1',
        '2026-01-06,EUR,9',
        '2026-01-06,CHF,9',
        '2026-01-01,GBP,0.333335',
        '2026-01-01,XAU,9999999999.99999999',
      ].join('\n'),
    );
    const names = await putDeals({
      'own currency': { currency: 'USD', deal_value: '12.34' },
      'rate of the day': { currency: 'EUR', deal_value: '100.05', created_at: '2026-01-05T23:59:59Z' },
      'rate of the day before': { currency: 'EUR', deal_value: '100', created_at: '2026-01-04T00:00:00Z' },
      'before the first rate': { currency: 'EUR', deal_value: '100', created_at: '2026-01-03T00:00:00Z' },
      'rate too late': { currency: 'CHF', deal_value: '100' },
      'no such rate': { currency: 'JPY', deal_value: '100' },
      half: { currency: 'GBP', deal_value: '1000.00', created_at: '2026-02-01T00:00:00Z' },
      nothing: { currency: 'EUR', deal_value: '0' },
      'worth more than money': { currency: 'XAU', deal_value: '9999999999.99' },
    });
    await loadDeals();
    expect(await deals(names, 'deal_value_reporting')).toEqual({
      'own currency': ['12.34'],
      'rate of the day': ['110.06'],
      'rate of the day before': ['200.00'],
      'before the first rate': [null],
      'rate too late': [null],
      'no such rate': [null],
      half: ['333.34'],
      nothing: ['0.00'],
      'worth more than money': ['99999999999899999900.00'],
    });
  });

  it('costs its share of the month, rounded to cents, and nothing where no deal was won', async () => {
    world.putFile(
      'external/unit_economics.csv',
      'month,acquisition_cost,revenue,gross_margin,currency\n2026-03,200.00,1,0.5,USD\n2026-04,200.00,1,0.5,USD\n',
    );
    const won = { stage: 'completed', success_score: '4.5', updated_at: '2026-03-10T00:00:00Z' };
    await putDeals({ first: won, second: won, third: won });
    await world.extract({ only: [...DEAL_SOURCES, 'unit_economics'] });
    await world.build([...selectModels(['+agg_unit_economics'])]);
    expect(
      await world.rows('SELECT month, deals_won, cost_per_won_deal FROM agg_unit_economics ORDER BY month'),
    ).toEqual([
      { month: '2026-03-01', deals_won: 3, cost_per_won_deal: '66.67' },
      { month: '2026-04-01', deals_won: 0, cost_per_won_deal: null },
    ]);
  });

  it('joins its partners as they were when it was created, and the unknown member for what is missing', async () => {
    await world.extract({ only: ['entities'] });
    await world.put('entities', { name: 'Acme Corp', updated_at: '2026-02-01T00:00:00Z' });
    await world.put('entities', { id: uuidOf('rejected'), tier: 'platinum' });
    const names = await putDeals({
      before: { created_at: '2026-01-31T23:59:59.999999Z' },
      'at that instant': { created_at: '2026-02-01T00:00:00Z' },
      'older than the entity': { created_at: '1990-01-01T00:00:00Z' },
      'with a rejected partner': { entity2_id: uuidOf('rejected') },
    });
    await loadDeals();
    const joined = await world.rows(
      `SELECT f.partnership_id AS id, e1.entity_name AS first, e2.entity_name AS second, u.full_name AS owner FROM fact_partnerships AS f
       INNER JOIN dim_entity AS e1 ON e1.entity_key = f.entity1_key INNER JOIN dim_entity AS e2 ON e2.entity_key = f.entity2_key
       INNER JOIN dim_user AS u ON u.user_key = f.owner_user_key`,
    );
    const found = names.map((name) => {
      const row = joined.find((candidate) => candidate.id === uuidOf(name));
      return [row?.first, row?.second, row?.owner];
    });
    expect(found).toEqual([
      ['Acme', 'Bolt', 'Olga Owner'],
      ['Acme Corp', 'Bolt', 'Olga Owner'],
      ['Acme', 'Bolt', 'Olga Owner'],
      ['Acme', 'Unknown', 'Olga Owner'],
    ]);
  });
});

describe('stage changes', () => {
  it('are visits by (occurred_at, id), with the elapsed days in the stage before', async () => {
    await putDeals({ deal: {}, other: {} });
    const at = (id: number, to: string, occurred_at: string, deal = 'deal') => ({
      id,
      partnership_id: uuidOf(deal),
      from_stage: null,
      to_stage: to,
      occurred_at,
    });
    await world.put(
      'deal_events',
      at(30, 'identified', '2026-01-05T10:00:00Z'),
      at(9, 'proposal', '2026-01-06T22:00:00Z'),
      at(10, 'contacted', '2026-01-06T22:00:00Z'),
      at(2, 'negotiation', '2026-01-06T22:00:00.000001Z'),
      at(1, 'signed', '2026-01-05T10:00:00Z', 'other'),
    );
    await loadDeals();
    expect(
      await world.rows(
        `SELECT e.event_id AS id, e.stage_visit AS visit, round(e.days_in_previous_stage, 12) AS days, s.stage_name AS stage FROM fact_deal_events AS e
         INNER JOIN dim_deal_stage AS s ON s.stage_key = e.to_stage_key
         INNER JOIN fact_partnerships AS p ON p.partnership_key = e.partnership_key
         WHERE p.partnership_id = {deal: UUID} ORDER BY visit`,
        { deal: uuidOf('deal') },
      ),
    ).toEqual([
      { id: '30', visit: 1, days: null, stage: 'identified' },
      { id: '9', visit: 2, days: 1.5, stage: 'proposal' },
      { id: '10', visit: 3, days: 0, stage: 'contacted' },
      { id: '2', visit: 4, days: 0.000000000012, stage: 'negotiation' },
    ]);
    expect(await world.list('SELECT from_stage_key FROM fact_deal_events WHERE event_id = 30')).toEqual([
      '0',
    ]);
  });

  it('take the actor as it was then, and key 0 for none or an unknown one', async () => {
    await putDeals({ deal: {} });
    await world.put(
      'deal_events',
      { id: 1, actor_entity_id: uuidOf('Bolt') },
      { id: 2, actor_entity_id: uuidOf('nobody') },
      { id: 3, actor_entity_id: null },
    );
    await loadDeals();
    const [bolt] = await world.list(`SELECT entity_key FROM dim_entity WHERE entity_name = 'Bolt'`);
    expect(await world.list('SELECT actor_entity_key FROM fact_deal_events ORDER BY event_id')).toEqual([
      bolt,
      '0',
      '0',
    ]);
  });
});

describe('measurements', () => {
  it('count the alignments that had begun, the graph as it is now deciding when', async () => {
    await world.put('trends', {});
    await world.put(
      'trend_metrics',
      { id: 1, measured_at: '2026-01-05T10:00:00Z' },
      { id: 2, measured_at: '2026-03-01T00:00:00Z' },
    );
    const align = async (since: string | null) => {
      await world.graph.write(
        `MERGE (e:Entity {id: $e}) MERGE (t:Trend {id: $t}) MERGE (e)-[r:ALIGNED_WITH]->(t) SET r.strength = 0.5, r.since = datetime($since)`,
        { e: uuidOf('Acme'), t: uuidOf('trend'), since },
        z.unknown(),
      );
      await world.extract({ only: ['entities', 'trends', 'trend_metrics', 'graph_alignments'] });
      await world.build(['dim_entity', 'dim_trend', 'fact_trend_metrics']);
      return await world.list('SELECT brands_aligned FROM fact_trend_metrics ORDER BY metric_id');
    };
    expect(await align('2026-02-01T00:00:00Z')).toEqual([0, 1]);
    expect(await align('2026-01-05T10:00:00Z')).toEqual([1, 1]);
    expect(await align('2026-04-01T00:00:00Z')).toEqual([0, 0]);
    // Without a beginning it was always so, whatever was said before.
    expect(await align(null)).toEqual([1, 1]);
    expect(await world.list('SELECT content_aligned FROM fact_trend_metrics ORDER BY metric_id')).toEqual([
      0, 0,
    ]);
  });
});

describe('users', () => {
  it('are as they are now; a manager who is unknown has key 0', async () => {
    await world.extract({ only: ['users'] });
    await world.put('users', { id: uuidOf('boss'), full_name: 'Bo Boss' });
    await world.put('users', { manager_id: uuidOf('boss'), time_zone: 'Asia/Kolkata' });
    await world.extract({ only: ['users'] });
    await world.build(['dim_user']);
    expect(
      await world.rows(
        `SELECT u.full_name AS name, u.time_zone AS zone, m.full_name AS manager FROM dim_user AS u
         INNER JOIN dim_user AS m ON m.user_key = u.manager_user_key ORDER BY name`,
      ),
    ).toEqual([
      { name: 'Bo Boss', zone: 'Europe/Berlin', manager: 'Unknown' },
      { name: 'Olga Owner', zone: 'Asia/Kolkata', manager: 'Bo Boss' },
      { name: 'Unknown', zone: 'UTC', manager: 'Unknown' },
    ]);
  });
});

describe("stages of one's own file", () => {
  it('are what rows are checked against and what dim_deal_stage holds, whatever their names', async () => {
    const path = join(world.stores.dataDir, 'stages.yaml');
    writeFileSync(
      path,
      `stages:
  - { name: "l'été, \\"fin\\"", order: 20, category: execution, outcome: open }
  - { name: 'back\\slash', order: 10, category: start, outcome: open, stall_days: 3 }
  - { name: gewonnen ✓, order: 30, category: closed, outcome: won }
`,
    );
    const stages = loadStages(path);
    expect(stages.map(({ name, stallDays }) => [name, stallDays])).toEqual([
      ['back\\slash', 3],
      [`l'été, "fin"`, undefined],
      ['gewonnen ✓', undefined],
    ]);
    const names = await putDeals({
      signed: { stage: `l'été, "fin"` },
      won: { stage: 'gewonnen ✓', success_score: '4' },
      'of the other file': { stage: 'negotiation' },
    });
    await world.put('deal_events', {
      partnership_id: uuidOf('signed'),
      from_stage: 'back\\slash',
      to_stage: `l'été, "fin"`,
      occurred_at: '2026-01-08T10:00:00Z',
    });
    const reports = await world.extract({ only: DEAL_SOURCES, stages });
    expect([reports.partnerships?.rejected, reports.deal_events?.rejected]).toEqual([1, 0]);
    await world.build(DEAL_MODELS, stages);
    expect(
      await world.rows(
        'SELECT stage_name, stage_order, stage_category, outcome FROM dim_deal_stage ORDER BY stage_order',
      ),
    ).toEqual([
      { stage_name: 'unknown', stage_order: 0, stage_category: 'unknown', outcome: 'unknown' },
      { stage_name: 'back\\slash', stage_order: 10, stage_category: 'start', outcome: 'open' },
      { stage_name: `l'été, "fin"`, stage_order: 20, stage_category: 'execution', outcome: 'open' },
      { stage_name: 'gewonnen ✓', stage_order: 30, stage_category: 'closed', outcome: 'won' },
    ]);
    expect(await deals(names, 'days_to_signed, is_successful')).toEqual({
      signed: [3, null],
      won: [null, true],
      'of the other file': [],
    });
  });
});
