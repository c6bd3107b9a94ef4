import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { generateWorld, seedSpec } from '../../src/seed/generate.js';
import { COMPONENT_TRUTH, plantedTruth } from '../../src/seed/planted-truth.js';
import { AS_OF, CLOSED, LAST_EVENTS, SeededProduct } from './seeded-product.js';

describe('the planted truth, found again with plain SQL', () => {
  const options = { seed: 42, asOf: AS_OF, scale: 0.25 };
  const planted = plantedTruth(generateWorld(seedSpec(options)));
  let product: SeededProduct;

  beforeAll(async () => {
    product = await SeededProduct.create();
    await product.seed(options);
    await product.db.execute(`CREATE VIEW deals AS
      SELECT p.*, least(p.created_at, min(e.occurred_at) FILTER (WHERE e.occurred_at >= p.created_at - interval '1 day')) AS start_at
      FROM product.partnerships p LEFT JOIN product.deal_events e ON e.partnership_id = p.id
      WHERE p.deleted_at IS NULL AND p.deal_value >= 0 AND p.stage NOT IN ('archived_v1', 'Proposal')
        AND (p.success_score IS NULL OR p.success_score <= 5)
      GROUP BY p.id`);
  }, 120_000);
  afterAll(() => product.close());

  /** AUC per component on the contract's row set, or on a careless one. */
  async function auc(eligible: string): Promise<Map<string, number>> {
    const rows = await product.db.query(
      `WITH scored AS (
         SELECT DISTINCT ON (d.id) d.stage = 'completed' AS won, d.success_score, s.*
         FROM deals d JOIN product.affinity_scores s
           ON least(s.entity1_id, s.entity2_id) = least(d.entity1_id, d.entity2_id)
          AND greatest(s.entity1_id, s.entity2_id) = greatest(d.entity1_id, d.entity2_id)
         WHERE d.stage IN ${CLOSED} AND (d.stage <> 'completed' OR d.success_score IS NOT NULL)
           AND d.start_at <= $1::timestamptz - interval '180 days' AND ${eligible}
         ORDER BY d.id, s.computed_at DESC, s.id DESC),
       long AS (
         SELECT component, value, coalesce(won AND success_score >= 3.5, false) AS good FROM scored, LATERAL (VALUES
           ('semantic', semantic), ('goal_alignment', goal_alignment), ('cultural_momentum', cultural_momentum),
           ('historical', historical), ('authenticity', authenticity), ('equal_mix', affinity_score)) v (component, value)),
       ranked AS (
         SELECT *, rank() OVER (PARTITION BY component ORDER BY value)
           + (count(*) OVER (PARTITION BY component, value) - 1) / 2.0 AS rank FROM long)
       SELECT component, ((sum(rank) FILTER (WHERE good) - count(*) FILTER (WHERE good) * (count(*) FILTER (WHERE good) + 1) / 2.0)
         / (count(*) FILTER (WHERE good) * count(*) FILTER (WHERE NOT good)))::float8 AS auc
       FROM ranked GROUP BY component ORDER BY auc DESC`,
      [AS_OF.toISOString()],
      z.object({ component: z.string(), auc: z.number() }),
    );
    return new Map(rows.map((row) => [row.component, row.auc]));
  }

  const POINT_IN_TIME = `s.computed_at < d.start_at AND s.ingested_at < d.start_at AND s.computed_at >= d.start_at - interval '180 days'`;

  it('ranks the components as planted, each near its value', async () => {
    const found = await auc(POINT_IN_TIME);
    expect([...found.keys()].filter((name) => name !== 'equal_mix')).toEqual([
      'semantic',
      'goal_alignment',
      'authenticity',
      'historical',
      'cultural_momentum',
    ]);
    for (const {
      component,
      auc: [low, high],
    } of COMPONENT_TRUTH) {
      // A quarter of the rows: twice the standard error that the ranges were drawn for.
      expect(found.get(component)).toBeGreaterThan(low - 0.02);
      expect(found.get(component)).toBeLessThan(high + 0.02);
    }
    expect(found.get('semantic')).toBeGreaterThan(found.get('equal_mix') ?? 1);
  });

  it('punishes a join that uses later or backfilled snapshots', async () => {
    const honest = (await auc(POINT_IN_TIME)).get('cultural_momentum') ?? 1;
    const backfilled = (await auc(`s.computed_at < d.start_at`)).get('cultural_momentum') ?? 0;
    const later = (await auc('true')).get('cultural_momentum') ?? 0;
    expect(Math.abs(honest - 0.5)).toBeLessThan(0.02);
    expect(backfilled).toBeGreaterThan(0.53);
    expect(later).toBeGreaterThan(0.58);
  });

  it('finds exactly the planted stalls by business days in the owner’s zone, with their severity', async () => {
    const rows = await product.db.query(
      `SELECT d.id AS "partnershipId", d.owner_user_id AS "ownerUserId", d.stage, count(day)::int AS days
       FROM deals d JOIN (${LAST_EVENTS}) e ON e.partnership_id = d.id JOIN product.users u ON u.id = d.owner_user_id
       CROSS JOIN LATERAL generate_series((e.occurred_at AT TIME ZONE u.time_zone)::date + 1,
         ($1::timestamptz AT TIME ZONE u.time_zone)::date, interval '1 day') AS day
       WHERE d.stage NOT IN ${CLOSED} AND extract(isodow FROM day) < 6
       GROUP BY d.id, d.owner_user_id, d.stage ORDER BY d.id`,
      [AS_OF.toISOString()],
      z.object({ partnershipId: z.string(), ownerUserId: z.string(), stage: z.string(), days: z.number() }),
    );
    const stalled = rows
      .filter(({ days }) => days > 30)
      .map(({ days, ...deal }) => ({ ...deal, severity: days > 60 ? 'critical' : 'warn' }));
    expect(stalled).toEqual(planted.stalled.toSorted((a, b) => (a.partnershipId < b.partnershipId ? -1 : 1)));
    expect(Math.max(...rows.filter(({ days }) => days <= 30).map(({ days }) => days))).toBeLessThan(28);
    expect(new Set(stalled.map(({ severity }) => severity)).size).toBe(2);
  });

  it('finds the planted performers at the ends of their cohorts', async () => {
    const rows = await product.db.query(
      `WITH outcomes AS (
         SELECT entity, stage = 'completed' AND success_score >= 3.5 AS good
         FROM deals CROSS JOIN LATERAL (VALUES (entity1_id), (entity2_id)) e (entity)
         WHERE stage IN ${CLOSED} AND (stage <> 'completed' OR success_score IS NOT NULL)),
       rates AS (
         SELECT e.id, entity_type, industry, tier, count(*)::int AS outcomes, count(*) FILTER (WHERE good)::int AS successes
         FROM product.entities e JOIN outcomes ON entity = e.id GROUP BY e.id)
       SELECT id, outcomes, successes, (100 * (rank() OVER w - 0.5 + (count(*) OVER (PARTITION BY entity_type, industry, tier,
           successes::numeric / outcomes) - 1) / 2.0) / count(*) OVER (PARTITION BY entity_type, industry, tier))::float8 AS percentile
       FROM rates WINDOW w AS (PARTITION BY entity_type, industry, tier ORDER BY successes::numeric / outcomes)`,
      [],
      z.object({ id: z.string(), outcomes: z.number(), successes: z.number(), percentile: z.number() }),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    expect(planted.performers.length).toBeGreaterThanOrEqual(3);
    for (const { entityId, outcomes, successes, kind } of planted.performers) {
      const found = byId.get(entityId);
      expect(found).toMatchObject({ outcomes, successes });
      expect(outcomes).toBeGreaterThanOrEqual(12);
      // Cohorts are a quarter of their full size here, so their ends are coarser.
      if (kind === 'top') expect(found?.percentile).toBeGreaterThan(75);
      else expect(found?.percentile).toBeLessThan(25);
    }
  });
});
