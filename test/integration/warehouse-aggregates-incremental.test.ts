import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { uuidOf, type ProductRow, type ProductTable } from '../factories/product-rows.js';
import { AGGREGATES, expectAggregates } from '../oracle/naive/compare.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(900_000);

type Change = { table: ProductTable; row: ProductRow } | { gone: ProductTable; id: number };

const ENTITIES = ['Acme', 'Bolt', 'Cato'].map(uuidOf);
const DEALS = ['deal', 'deal 2', 'deal 3'].map(uuidOf);
const TRENDS = ['trend', 'trend 2'].map(uuidOf);
const id = fc.integer({ min: 1, max: 8 });
/** Two years with the turn of one, so that months are carried on over partitions. */
const instant = fc
  .integer({ min: 0, max: 23 })
  .map((month) => new Date(Date.UTC(2025, month, 11, 8)).toISOString());
/** Days close enough to be compared with each other. */
const measured = fc
  .integer({ min: 0, max: 45 })
  .map((day) => new Date(Date.UTC(2025, 11, 5 + day, 8)).toISOString());
const later = instant.map((at) => at.replace(/^202(\d)/, (_, year: string) => `202${Number(year) + 2}`));
const gone = fc.constantFrom(null, null, null, '2026-05-01T00:00:00Z');

const changeTo = (table: ProductTable, row: Record<string, fc.Arbitrary<ProductRow[string]>>) =>
  fc.record(row).map((values): Change => ({ table, row: values }));

/** What moves aggregates: memberships, deals with everything they are grouped by, their histories, measurements, activity, removals. */
const change: fc.Arbitrary<Change> = fc.oneof(
  changeTo('entities', {
    id: fc.constantFrom(...ENTITIES),
    entity_type: fc.constantFrom('member', 'member', 'brand'),
    industry: fc.constantFrom('Retail', 'Film'),
    tier: fc.constantFrom('enterprise', 'professional'),
    created_at: fc.constantFrom('2024-11-30T23:00:00Z', '2025-03-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    updated_at: instant,
    deleted_at: gone,
  }),
  changeTo('partnerships', {
    id: fc.constantFrom(...DEALS),
    entity1_id: fc.constantFrom(...ENTITIES),
    entity2_id: fc.constantFrom(...ENTITIES),
    tenant_id: fc.constantFrom(uuidOf('tenant'), uuidOf('tenant 2')),
    partnership_type: fc.constantFrom('licensing', 'co_marketing'),
    stage: fc.constantFrom('negotiation', 'active', 'completed', 'declined'),
    deal_value: fc.constantFrom('1000.00', '75000.50'),
    currency: fc.constantFrom('USD', 'EUR'),
    success_score: fc.constantFrom(null, '4.00'),
    created_at: instant,
    updated_at: later,
    deleted_at: gone,
  }),
  changeTo('deal_events', {
    id,
    partnership_id: fc.constantFrom(...DEALS),
    from_stage: fc.constantFrom(null, 'proposal', 'active'),
    to_stage: fc.constantFrom('proposal', 'signed', 'active', 'completed'),
    occurred_at: later,
  }),
  changeTo('trends', {
    id: fc.constantFrom(...TRENDS),
    lifecycle_stage: fc.constantFrom('emerging', 'peak'),
    updated_at: measured,
  }),
  changeTo('trend_metrics', {
    id,
    trend_id: fc.constantFrom(...TRENDS),
    momentum_score: fc.constantFrom('0.1000', '0.7000'),
    measured_at: measured,
  }),
  changeTo('user_activity', {
    id,
    target_entity_id: fc.constantFrom(null, ...ENTITIES),
    occurred_at: instant,
  }),
  fc.record({ gone: fc.constantFrom<ProductTable>('deal_events', 'trend_metrics', 'user_activity'), id }),
);
const batches = fc.array(fc.array(change, { minLength: 3, maxLength: 10 }), { minLength: 3, maxLength: 4 });

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

async function begin(): Promise<void> {
  await world.empty();
  await world.put('tenants', {}, { id: uuidOf('tenant 2') });
  await world.put('users', {});
  await world.put('entities', ...ENTITIES.map((entity) => ({ id: entity, entity_type: 'member' })));
  await world.put('partnerships', {}, ...DEALS.slice(1).map((deal) => ({ id: deal })));
  await world.put('trends', ...TRENDS.map((trend) => ({ id: trend })));
  await world.put('deal_events', {});
  await world.put('trend_metrics', {}, { id: 2, measured_at: '2026-01-12T10:00:00Z' });
  await world.put('user_activity', { target_entity_id: uuidOf('Acme') });
  world.putFile('external/fx_rates.csv', 'date,currency,rate\n2025-06-01,EUR,1.1\n');
}

async function apply(changes: readonly Change[]): Promise<void> {
  for (const one of changes) {
    if ('table' in one) await world.put(one.table, one.row);
    else await world.postgres.execute(`DELETE FROM product.${one.gone} WHERE id = $1`, [one.id]);
  }
}

const built = z.object({ models: z.array(z.object({ model: z.string(), mode: z.string().optional() })) });

it('hold after increments exactly what plain loops over the facts find', async () => {
  const modes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(batches, async (changes) => {
      await begin();
      for (const batch of [[], ...changes]) {
        await apply(batch);
        expect((await world.step1({ lagSeconds: 604_800 })).status).toBe('succeeded');
        const { detail } = await world.step2({ asOf: '2029-01-01T00:00:00.000000Z' });
        for (const { model, mode } of built.parse(detail).models) modes.add(`${model} ${mode}`);
        await expectAggregates(world);
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
  // What is compared must have been built by increments.
  const incremental = models.filter(({ materialised }) => materialised === 'incremental');
  expect([...modes]).toEqual(
    expect.arrayContaining(
      incremental.filter(({ name }) => AGGREGATES.includes(name)).map(({ name }) => `${name} incremental`),
    ),
  );
});
