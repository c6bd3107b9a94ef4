import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  fxRatesCsv,
  generateWorld,
  graphParts,
  seedSpec,
  unitEconomicsCsv,
} from '../../src/seed/generate.js';
import { plantedTruth } from '../../src/seed/planted-truth.js';
import {
  createProductSchema,
  type GraphWriter,
  type SeedSession,
  type SeedSummary,
} from '../../src/seed/seed.js';
import { AS_OF, LAST_EVENTS, SeededProduct, SMALL, TABLES } from './seeded-product.js';

const EMPTY = Object.fromEntries(TABLES.map(({ name }) => [name, 'null']));
const world = generateWorld(seedSpec(SMALL));
const truth = plantedTruth(world);
let product: SeededProduct;
let summary: SeedSummary;

beforeAll(async () => {
  product = await SeededProduct.create();
  summary = await product.seed();
}, 120_000);
afterAll(() => product.close());

describe('a seeded product', () => {
  it('creates the tables with the columns of the contract, in its order, and again without complaint', async () => {
    await product.db.withSession((session) => createProductSchema(session));
    for (const { name, columns } of TABLES) {
      const found = await product.list(
        `SELECT column_name FROM information_schema.columns WHERE table_schema = 'product' AND table_name = $1 ORDER BY ordinal_position`,
        [name],
      );
      expect(found).toEqual(columns);
    }
  });

  it('writes the rows it reports', async () => {
    const { sizes } = world.spec;
    expect(summary).toMatchObject({
      asOf: AS_OF,
      tenants: sizes.tenants,
      users: sizes.users,
      entities: sizes.entities + 3,
      partnerships: sizes.partnerships + 6,
      affinityScores: sizes.affinityScores + 4,
      userActivity: sizes.userActivity,
      trends: sizes.trends,
      trendMetrics: sizes.trends * 104,
      graphNodes: sizes.entities + sizes.trends,
    });
    expect(summary.milestones).toBeGreaterThan(sizes.partnerships * 2.5);
    const counted = await product.list(
      `SELECT count(*) FROM product.deal_events UNION ALL SELECT count(*) FROM product.milestones`,
    );
    expect(counted).toEqual([String(summary.dealEvents), String(summary.milestones)]);
  });

  it('writes the graph that belongs to the rows', async () => {
    const rows = await product.graphRows();
    expect(rows.map((part) => z.array(z.unknown()).parse(part).length)).toEqual(
      graphParts(world).map((part) => part.rows.length),
    );
    expect(summary.graphRelationships).toBe(
      graphParts(world).reduce(
        (sum, part) => sum + (part.kind === 'relationships' ? part.rows.length : 0),
        0,
      ),
    );
  });

  it('writes the external files, whole', () => {
    expect(summary.files.map((file) => readFileSync(file, 'utf8'))).toEqual([
      unitEconomicsCsv(world.spec),
      fxRatesCsv(world.spec),
    ]);
  });

  it('has no date after asOf', async () => {
    const columns = await product.rows(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'product' AND data_type IN ('timestamp with time zone', 'date')`,
    );
    expect(columns).toHaveLength(19);
    for (const { table_name, column_name } of columns) {
      const late = await product.list(
        `SELECT count(*) FROM product.${String(table_name)} WHERE ${String(column_name)} > $1::timestamptz`,
        [AS_OF.toISOString()],
      );
      expect([table_name, column_name, ...late]).toEqual([table_name, column_name, '0']);
    }
  });

  it.each([
    [
      'an event or milestone without a deal, but for the planted ones',
      `
      SELECT id::text FROM product.deal_events e WHERE NOT EXISTS (SELECT FROM product.partnerships p WHERE p.id = e.partnership_id)
      UNION ALL SELECT id::text FROM product.milestones m WHERE NOT EXISTS (SELECT FROM product.partnerships p WHERE p.id = m.partnership_id)`,
      [...truth.lateParents.dealEventIds, ...truth.lateParents.milestoneIds],
    ],
    [
      'a stage that is not that of the last event, but for the planted ones',
      `
      SELECT p.id FROM product.partnerships p JOIN (${LAST_EVENTS}) e ON e.partnership_id = p.id WHERE e.to_stage <> p.stage`,
      [...truth.stageDisagrees, ...rejectsOf('partnerships')],
    ],
    [
      'a stage change that does not follow the one before, but for the planted early events',
      `
      SELECT id::text FROM (SELECT *, lag(to_stage) OVER (PARTITION BY partnership_id ORDER BY occurred_at, id) AS before
                      FROM product.deal_events WHERE NOT id = ANY($1::bigint[])) e WHERE from_stage IS DISTINCT FROM before`,
      [],
    ],
    [
      'an event more than a day before its deal',
      `
      SELECT e.id::text FROM product.deal_events e JOIN product.partnerships p ON p.id = e.partnership_id
      WHERE e.occurred_at < p.created_at - interval '1 day'`,
      rejectsOf('deal_events'),
    ],
    [
      'an unknown tier',
      `SELECT id FROM product.entities WHERE tier NOT IN ('enterprise', 'professional', 'individual')`,
      rejectsOf('entities'),
    ],
    [
      'a partnership out of contract',
      `
      SELECT id FROM product.partnerships WHERE deal_value < 0 OR success_score NOT BETWEEN 0 AND 5 OR stage NOT IN (
        'identified', 'contacted', 'in_discussion', 'proposal', 'negotiation', 'legal_review', 'signed', 'onboarding', 'active',
        'completed', 'declined', 'expired')`,
      rejectsOf('partnerships'),
    ],
    [
      'a score out of range',
      `
      SELECT id::text FROM product.affinity_scores WHERE affinity_score NOT BETWEEN 0 AND 100
        OR least(semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence) < 0
        OR greatest(semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence) > 1`,
      rejectsOf('affinity_scores'),
    ],
    [
      'a child that points nowhere',
      `
      SELECT id::text FROM product.affinity_scores s WHERE NOT EXISTS (SELECT FROM product.entities e WHERE e.id = s.entity1_id)
        OR NOT EXISTS (SELECT FROM product.entities e WHERE e.id = s.entity2_id)
      UNION ALL SELECT id::text FROM product.trend_metrics m WHERE NOT EXISTS (SELECT FROM product.trends t WHERE t.id = m.trend_id)
      UNION ALL SELECT id::text FROM product.user_activity a WHERE NOT EXISTS (SELECT FROM product.users u WHERE u.id = a.user_id)
        OR (partnership_id IS NOT NULL AND NOT EXISTS (SELECT FROM product.partnerships p WHERE p.id = a.partnership_id))
        OR (target_entity_id IS NOT NULL AND NOT EXISTS (SELECT FROM product.entities e WHERE e.id = a.target_entity_id))`,
      [],
    ],
    [
      'a time zone that Postgres does not know',
      `
      SELECT id FROM product.users WHERE time_zone NOT IN (SELECT name FROM pg_timezone_names)`,
      [],
    ],
    [
      'a partnership whose owner or first entity is of another tenant, or whose entities share one',
      `
      SELECT p.id FROM product.partnerships p JOIN product.users u ON u.id = p.owner_user_id
        JOIN product.entities a ON a.id = p.entity1_id JOIN product.entities b ON b.id = p.entity2_id
      WHERE u.tenant_id <> p.tenant_id OR a.tenant_id <> p.tenant_id OR a.tenant_id = b.tenant_id`,
      [],
    ],
    [
      'an update before its creation, a completion without an instant, a snapshot ingested before it was computed',
      `
      SELECT id::text FROM product.entities WHERE updated_at < created_at
      UNION ALL SELECT id::text FROM product.partnerships WHERE updated_at < created_at
      UNION ALL SELECT id::text FROM product.milestones WHERE completed <> (completed_at IS NOT NULL)
      UNION ALL SELECT id::text FROM product.affinity_scores WHERE ingested_at < computed_at`,
      [],
    ],
  ])('has nowhere %s', async (_, sql, expected) => {
    const params = sql.includes('$1') ? [rejectsOf('deal_events')] : [];
    expect((await product.list(sql, params)).sort()).toEqual([...expected].sort());
  });

  it('holds what a careless reader stumbles over', async () => {
    const [found] = await product.rows(`SELECT
      (SELECT min(id) > 9007199254740992 FROM product.deal_events) AS wide_event_ids,
      (SELECT min(id) > 4611686018427387904 FROM product.user_activity) AS wide_activity_ids,
      (SELECT max(engagement_total) > 9007199254740992 FROM product.trend_metrics) AS wide_engagement,
      (SELECT count(*) > 0 FROM product.deal_events WHERE extract(microseconds FROM occurred_at)::bigint % 1000 <> 0) AS microseconds,
      (SELECT count(*) > 0 FROM (SELECT FROM product.deal_events GROUP BY partnership_id, occurred_at HAVING count(*) > 1) t) AS ties,
      (SELECT count(*) > 0 FROM (SELECT FROM product.deal_events GROUP BY partnership_id, to_stage HAVING count(*) > 1) t) AS re_entries,
      (SELECT count(*) > 0 FROM product.partnerships WHERE currency = 'ISK') AS currency_without_rate,
      (SELECT count(*) > 0 FROM product.partnerships WHERE deleted_at IS NOT NULL) AS deleted_partnerships,
      (SELECT count(*) > 0 FROM product.entities WHERE deleted_at IS NOT NULL) AS deleted_entities,
      (SELECT count(*) > 0 FROM product.entities WHERE updated_at > created_at AND deleted_at IS NULL) AS changed_entities,
      (SELECT count(*) > 0 FROM product.users WHERE slack_user_id IS NULL) AS users_without_slack,
      (SELECT count(*) > 0 FROM product.users WHERE manager_id IS NOT NULL) AS managers,
      (SELECT count(*) > 0 FROM product.partnerships p WHERE stage = 'completed' AND signed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM product.deal_events e WHERE e.partnership_id = p.id AND e.to_stage = 'signed')) AS signed_without_event`);
    expect(Object.entries(found ?? {}).filter(([, holds]) => holds !== true)).toEqual([]);
  });

  it('gives the same rows again for the same seed and day, and others for another seed', async () => {
    const [again, other] = [await SeededProduct.create(), await SeededProduct.create()];
    try {
      await again.seed({ asOf: new Date('2026-03-17T00:00:00Z') });
      await other.seed({ seed: 8 });
      const sums = await product.checksums();
      expect(await again.checksums()).toEqual(sums);
      expect(await again.graphRows()).toEqual(await product.graphRows());
      const others = await other.checksums();
      expect(Object.keys(sums).filter((table) => sums[table] === others[table])).toEqual([]);
    } finally {
      await again.close();
      await other.close();
    }
  }, 120_000);

  it('refuses a product that is already seeded', async () => {
    const before = await product.checksums();
    await expect(product.seed()).rejects.toMatchObject({ class: 'configuration', code: 'seed_not_empty' });
    expect(await product.checksums()).toEqual(before);
  });
});

describe('a seed that cannot go through', () => {
  let fresh: SeededProduct;

  beforeEach(async () => {
    fresh = await SeededProduct.create();
  });
  afterEach(() => fresh.close());

  it('leaves rows alone that it did not write', async () => {
    await fresh.db.execute(`INSERT INTO product.tenants VALUES (gen_random_uuid(), 'A real customer')`);
    await expect(fresh.seed()).rejects.toMatchObject({ class: 'configuration', code: 'seed_not_empty' });
    expect(await fresh.list(`SELECT name FROM product.tenants`)).toEqual(['A real customer']);
    expect(await fresh.list(`SELECT count(*) FROM product.users`)).toEqual(['0']);
  });

  it('leaves a file alone that it did not write, and then writes nothing else', async () => {
    const file = join(fresh.stores.dataDir, 'external', 'fx_rates.csv');
    mkdirSync(join(fresh.stores.dataDir, 'external'));
    writeFileSync(file, 'our own rates');
    await expect(fresh.seed()).rejects.toMatchObject({ class: 'configuration', code: 'seed_file_exists' });
    expect(readFileSync(file, 'utf8')).toBe('our own rates');
    expect(await fresh.checksums()).toEqual(EMPTY);
  });

  it('leaves nothing when its connection dies before the last table, and succeeds the next time', async () => {
    await fresh.db
      .withSession(async (session) => {
        const dying: SeedSession = {
          query: (sql, params, schema) => session.query(sql, params, schema),
          execute: (sql, params) => session.execute(sql, params),
          copyIn: async (sql, source) => {
            if (sql.includes('user_activity')) {
              const [pid] = await session.query(
                'SELECT pg_backend_pid() AS pid',
                [],
                z.object({ pid: z.number() }),
              );
              await fresh.db.execute('SELECT pg_terminate_backend($1)', [pid?.pid]);
            }
            return session.copyIn(sql, source);
          },
        };
        await expect(fresh.seedOn(dying)).rejects.toThrow();
      })
      .catch(() => undefined);
    expect(await fresh.checksums()).toEqual(EMPTY);
    expect(existsSync(join(fresh.stores.dataDir, 'external'))).toBe(false);
    expect(await fresh.seed()).toMatchObject({ partnerships: 606 });
  }, 60_000);

  it('is finished by a second run, dated as the first was, when it died between Postgres and the graph', async () => {
    const { graph } = fresh.stores;
    let writes = 0;
    const dying: GraphWriter = {
      write: async (statement, params, schema) => {
        if (++writes === 3) throw new Error('killed');
        return graph.write(statement, params, schema);
      },
    };
    await expect(fresh.seed({}, dying)).rejects.toThrow('killed');
    await expect(fresh.seed({ seed: 8 })).rejects.toMatchObject({ code: 'seed_not_empty' });
    const summary = await fresh.seed({ asOf: new Date('2026-03-19T08:00:00Z') });
    expect(summary.asOf).toEqual(AS_OF);
    expect(await fresh.checksums()).toEqual(await product.checksums());
    expect(await fresh.graphRows()).toEqual(await product.graphRows());
    await expect(fresh.seed()).rejects.toMatchObject({ code: 'seed_not_empty' });
  }, 120_000);
});

function rejectsOf(source: string): string[] {
  return truth.rejects.filter((reject) => reject.source === source).map(({ recordKey }) => recordKey);
}
