import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { uuidOf, type ProductRow, type ProductTable } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(560_000);

const ENTITIES = ['Acme', 'Bolt', 'Cato', 'late Dora'];
const DEALS = ['deal', 'deal 2', 'late deal'];
const TRENDS = ['trend', 'late trend'];
const USERS = ['owner', 'late owner'];
const instant = fc.nat(9).map((month) => `2026-0${month + 1 > 9 ? 9 : month + 1}-11T08:00:00.123456Z`);
const id = fc.integer({ min: 1, max: 6 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

type Change =
  | { table: ProductTable; row: ProductRow }
  | { gone: ProductTable; id: string | number }
  | { alignment: [entity: string, trend: string]; began: string | null };

const changeTo = (
  table: ProductTable,
  row: Record<string, fc.Arbitrary<ProductRow[string]>>,
): fc.Arbitrary<Change> => fc.record(row).map((values) => ({ table, row: values }));
const named = (names: readonly string[]) => fc.constantFrom(...names).map(uuidOf);

/** Every kind of change that reaches back into facts: late parents, versions out of order, moved children, removals. */
const change: fc.Arbitrary<Change> = fc.oneof(
  changeTo('entities', {
    id: named(ENTITIES),
    tier: fc.constantFrom('enterprise', 'professional'),
    entity_type: fc.constantFrom('brand', 'content', 'member'),
    updated_at: instant,
    deleted_at: fc.constantFrom(null, '2026-05-01T00:00:00Z'),
  }),
  changeTo('users', { id: named(USERS), full_name: fc.constantFrom('A', 'B') }),
  changeTo('partnerships', {
    id: named(DEALS),
    entity1_id: named(ENTITIES),
    entity2_id: named(ENTITIES),
    owner_user_id: named(USERS),
    stage: fc.constantFrom('negotiation', 'completed', 'declined'),
    currency: fc.constantFrom('USD', 'EUR'),
    success_score: fc.constantFrom(null, '4.00', '2.00'),
    created_at: instant,
    updated_at: instant,
  }),
  changeTo('deal_events', {
    id,
    partnership_id: named(DEALS),
    to_stage: fc.constantFrom('proposal', 'signed', 'active', 'completed'),
    actor_entity_id: maybe(named(ENTITIES)),
    occurred_at: instant.map((at) => at.replace('2026', '2027')),
  }),
  changeTo('milestones', {
    id: fc.constantFrom('m1', 'm2', 'm3').map(uuidOf),
    partnership_id: named(DEALS),
    completed: fc.boolean(),
    updated_at: instant,
  }),
  changeTo('affinity_scores', {
    id,
    entity1_id: named(ENTITIES),
    entity2_id: named(ENTITIES),
    computed_at: instant,
    ingested_at: instant,
  }),
  changeTo('trends', {
    id: named(TRENDS),
    lifecycle_stage: fc.constantFrom('emerging', 'peak'),
    updated_at: instant,
  }),
  changeTo('trend_metrics', { id, trend_id: named(TRENDS), measured_at: instant }),
  changeTo('user_activity', {
    id,
    user_id: named(USERS),
    target_entity_id: maybe(named(ENTITIES)),
    partnership_id: maybe(named(DEALS)),
    occurred_at: instant,
  }),
  fc.record({
    gone: fc.constantFrom<ProductTable>(
      'deal_events',
      'milestones',
      'affinity_scores',
      'trend_metrics',
      'user_activity',
    ),
    id,
  }),
  fc.record({
    alignment: fc.tuple(named(ENTITIES), named(TRENDS)),
    began: maybe(instant),
  }),
);
const batches = fc.array(fc.array(change, { minLength: 3, maxLength: 10 }), { minLength: 3, maxLength: 5 });

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

async function begin(): Promise<void> {
  await world.empty();
  await world.put('tenants', {});
  // The product refuses a deal without its partners: here they may come later.
  await world.postgres.execute(
    'ALTER TABLE product.partnerships DROP CONSTRAINT IF EXISTS partnerships_entity1_id_fkey',
  );
  await world.postgres.execute(
    'ALTER TABLE product.partnerships DROP CONSTRAINT IF EXISTS partnerships_entity2_id_fkey',
  );
  await world.postgres.execute(
    'ALTER TABLE product.partnerships DROP CONSTRAINT IF EXISTS partnerships_owner_user_id_fkey',
  );
  await world.put('users', {});
  await world.put('entities', {}, { id: uuidOf('Bolt'), name: 'Bolt' });
  await world.put('partnerships', {});
  await world.put('trends', {});
  await world.put('user_activity', { target_entity_id: uuidOf('Acme'), partnership_id: uuidOf('deal') });
  await world.put('deal_events', {});
  await world.put('affinity_scores', {});
  await world.put('trend_metrics', {});
  world.putFile('external/fx_rates.csv', 'date,currency,rate\n2026-01-01,EUR,1.1\n');
}

async function apply(changes: readonly Change[]): Promise<void> {
  for (const one of changes) {
    if ('table' in one) await world.put(one.table, one.row);
    else if ('gone' in one) {
      const column = one.gone === 'milestones' ? uuidOf(`m${one.id}`) : one.id;
      await world.postgres.execute(`DELETE FROM product.${one.gone} WHERE id = $1`, [column]);
    } else {
      await world.graph.write(
        'MERGE (e:Entity {id: $entity}) MERGE (t:Trend {id: $trend}) MERGE (e)-[r:ALIGNED_WITH]->(t) SET r.strength = 0.5, r.since = $began',
        { entity: one.alignment[0], trend: one.alignment[1], began: one.began },
        z.unknown(),
      );
    }
  }
}

/** Every published table as sorted lines. */
async function tables(): Promise<Record<string, unknown[]>> {
  const result: Record<string, unknown[]> = {};
  for (const { name, materialised } of models) {
    if (materialised === 'view' || name === 'dim_date') continue;
    result[name] = await world.list(`SELECT toString(tuple(*)) AS line FROM ${name} ORDER BY line`);
  }
  return result;
}

const built = z.object({
  models: z.array(z.object({ model: z.string(), status: z.string(), mode: z.string().optional() })),
});

describe('an increment equals a full build', () => {
  it('after any changes of the sources, table by table', async () => {
    const modes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(batches, async (changes) => {
        await begin();
        for (const batch of [[], ...changes]) {
          await apply(batch);
          expect((await world.step1({ lagSeconds: 604_800 })).status).toBe('succeeded');
          const outcome = await world.step2();
          for (const { model, mode } of built.parse(outcome.detail).models) modes.add(`${model} ${mode}`);
        }
        const increments = await tables();
        const outcome = await world.step2({}, undefined, { full: true });
        expect(built.parse(outcome.detail).models.every(({ mode }) => mode === 'full')).toBe(true);
        expect(increments).toEqual(await tables());
      }),
      { numRuns: 5, endOnFailure: true },
    );
    // What is compared must have been built by increments.
    for (const { name, materialised } of models)
      if (materialised === 'incremental') expect([...modes]).toContain(`${name} incremental`);
  });
});
