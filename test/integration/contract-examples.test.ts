import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { createSyncs } from '../../modules/sync/index.js';
import { exampleQueries } from '../../src/docs.js';
import { splitStatements } from '../../src/platform/sql-file.js';
import { SyncFixture } from './sync-fixture.js';

jest.setTimeout(120_000);

const ENTITY = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000003';
const TENANT = '00000000-0000-4000-8000-000000000002';
const at = { as_of: '2026-01-01T00:00:00Z' };
const anyRow = z.record(z.string(), z.unknown());

let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
  const fill = (table: string, row: object) => stores.clickhouse.insertRows(table, [row]);
  await stores.graph.write(
    'UNWIND $ids AS id CREATE (:Entity {id: id})',
    { ids: [ENTITY, OTHER] },
    z.unknown(),
  );
  await fill('insight_entity_benchmarks', {
    entity_id: ENTITY,
    metric: 'success_rate',
    tenant_id: TENANT,
    n: 9,
    explanation: 'x',
    ...at,
  });
  await fill('insight_entity_badges', {
    entity_id: ENTITY,
    badge: 'responsive',
    tenant_id: TENANT,
    level: 'gold',
    awarded_at: '2026-01-01T00:00:00Z',
    expires_at: '2099-01-01T00:00:00Z',
    evidence: '{}',
    ...at,
  });
  await fill('insight_deal_health', {
    partnership_id: OTHER,
    tenant_id: TENANT,
    stage: 'proposal',
    entered_stage_at: '2025-01-01T00:00:00Z',
    days_in_stage: 90,
    threshold_days: 30,
    threshold_source: 'configured',
    severity: 'critical',
    ...at,
  });
  await fill('insight_entity_success', {
    entity_id: ENTITY,
    tenant_id: TENANT,
    success_rate: 0.5,
    n: 9,
    low: 0.2,
    high: 0.8,
    ...at,
  });
  await fill('insight_pair_success', {
    entity1_id: ENTITY,
    entity2_id: OTHER,
    partnerships: 3,
    successes: 2,
    rate: 0.7,
    ...at,
  });
  await fill('insight_affinity_models', {
    version: 1,
    status: 'active',
    semantic: 0.2,
    goal_alignment: 0.2,
    cultural_momentum: 0.2,
    historical: 0.2,
    authenticity: 0.2,
    n: 100,
    created_at: '2026-01-01T00:00:00Z',
  });
  const outcome = await createSyncs(stores).step.execute(await stores.context());
  expect(outcome).toMatchObject({ status: 'succeeded', rowsOut: 6 });
}, 120_000);
afterAll(() => stores.close());

describe('the queries that docs/contracts.md shows', () => {
  const queries = exampleQueries();
  it('are there for each target', () => expect(queries.length).toBeGreaterThanOrEqual(6));

  it.each(queries)('$name finds what the syncs wrote', async ({ language, text }) => {
    if (language === 'cypher') {
      expect(await stores.graph.read(text, {}, anyRow)).toHaveLength(1);
      return;
    }
    const answers = await stores.postgres.withSession(async (session) => {
      const all: Record<string, unknown>[][] = [];
      for (const statement of splitStatements(text)) all.push(await session.query(statement, [], anyRow));
      return all;
    });
    const rows = answers.filter((answer) => answer.length > 0).at(-1);
    expect(rows).toHaveLength(1);
    if (rows?.[0] && 'count' in rows[0]) expect(rows[0]['count']).toBe('1');
  });
});
