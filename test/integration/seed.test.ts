import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { generateWorld, graphParts, productTables, seedSpec } from '../../src/seed/generate.js';
import { COMPONENT_TRUTH, plantedTruth } from '../../src/seed/planted-truth.js';
import {
  createProductSchema,
  seedProduct,
  type GraphWriter,
  type SeedSession,
  type SeedSummary,
} from '../../src/seed/seed.js';
import { testStores, type TestStores } from '../support/stores.js';

const AS_OF = new Date('2026-03-17T15:30:00Z');
const SMALL = { seed: 7, asOf: AS_OF, scale: 0.05 };
const TABLES = productTables(generateWorld(seedSpec(SMALL))).map(({ name, columns }) => ({ name, columns }));

/** A database of its own, with the product schema in it. */
class Product {
  private constructor(
    readonly stores: TestStores,
    readonly db: Postgres,
  ) {}

  static async create(): Promise<Product> {
    const stores = await testStores();
    const product = new Product(stores, new Postgres(createDataSource(stores.postgresUrl, [])));
    await product.db.withSession((session) => createProductSchema(session));
    await migrateGraph(stores.graph);
    return product;
  }

  async seed(
    options: Partial<typeof SMALL> = {},
    graph: GraphWriter = this.stores.graph,
  ): Promise<SeedSummary> {
    return await this.db.withSession((session) => this.seedOn(session, options, graph));
  }

  async seedOn(
    session: SeedSession,
    options: Partial<typeof SMALL> = {},
    graph: GraphWriter = this.stores.graph,
  ): Promise<SeedSummary> {
    return await seedProduct(session, graph, { ...SMALL, ...options, dataDir: this.stores.dataDir });
  }

  async rows(sql: string, params: unknown[] = []): Promise<Record<string, unknown>[]> {
    return await this.db.query(sql, params, z.record(z.string(), z.unknown()));
  }

  /** The first column of every row as text. */
  async list(sql: string, params: unknown[] = []): Promise<string[]> {
    return (await this.rows(sql, params)).map((row) => String(Object.values(row)[0]));
  }

  /** Checksum of every table's whole contents. */
  async checksums(): Promise<Record<string, string>> {
    const sums: Record<string, string> = {};
    for (const { name } of TABLES) {
      const [sum] = await this.list(
        `SELECT md5(string_agg(t::text, E'\\n' ORDER BY id)) FROM product.${name} t`,
      );
      sums[name] = sum ?? '';
    }
    return sums;
  }

  async graphRows(): Promise<unknown[]> {
    const { graph } = this.stores;
    const statements = [
      `MATCH (e:Entity) RETURN e.id AS id ORDER BY id`,
      `MATCH (t:Trend) RETURN t.id AS id ORDER BY id`,
      `MATCH (e:Entity)-[r:ALIGNED_WITH]->(t:Trend) RETURN e.id AS a, t.id AS b, r.strength AS x, r.since AS y ORDER BY a, b`,
      `MATCH (e:Entity)-[r:AFFINITY]->(f:Entity) RETURN e.id AS a, f.id AS b, r.score AS x, r.computedAt AS y ORDER BY a, b`,
    ];
    const found: unknown[] = [];
    for (const statement of statements)
      found.push(await graph.read(statement, {}, z.record(z.string(), z.unknown())));
    return found;
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.stores.close();
  }
}

const EMPTY = Object.fromEntries(TABLES.map(({ name }) => [name, 'null']));
const world = generateWorld(seedSpec(SMALL));
const truth = plantedTruth(world);
/** The last event of each partnership, in the order of the contract. */
const LAST_EVENTS = `
  SELECT DISTINCT ON (partnership_id) partnership_id, to_stage, occurred_at
  FROM product.deal_events ORDER BY partnership_id, occurred_at DESC, id DESC`;
const CLOSED = `('completed', 'declined', 'expired')`;

describe('seeding a product', () => {
  let product: Product;
  let summary: SeedSummary;

  beforeAll(async () => {
    product = await Product.create();
    summary = await product.seed();
  }, 120_000);
  afterAll(() => product.close());

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

  it('declares the files it writes: same columns, values of the declared types', () => {
    const declaration = z.object({
      path: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
    });
    const shapes: Record<string, RegExp> = {
      date: /^\d{4}-\d\d-\d\d$/,
      month: /^\d{4}-\d\d$/,
      'decimal(12,2)': /^\d{1,10}\.\d{2}$/,
      'decimal(18,8)': /^\d{1,10}\.\d{8}$/,
      string: /^[A-Z]{3}$/,
    };
    for (const name of ['unit_economics', 'fx_rates']) {
      const { path, columns } = declaration.parse(
        parse(readFileSync(new URL(`../../sources/${name}.yaml`, import.meta.url), 'utf8')),
      );
      const file = join(product.stores.dataDir, path);
      expect(summary.files).toContain(file);
      const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(header).toBe(columns.map((column) => column.name).join(','));
      expect(lines.length).toBeGreaterThanOrEqual(24);
      for (const line of lines) {
        line
          .split(',')
          .forEach((value, index) => expect(value).toMatch(shapes[columns[index]?.type ?? ''] ?? /^$/));
      }
    }
  });

  it('has no date after asOf', async () => {
    const columns = await product.rows(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'product' AND data_type IN ('timestamp with time zone', 'date')`,
    );
    expect(columns).toHaveLength(18);
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
    const [again, other] = [await Product.create(), await Product.create()];
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
  let product: Product;

  beforeEach(async () => {
    product = await Product.create();
  });
  afterEach(() => product.close());

  it('leaves rows alone that it did not write', async () => {
    await product.db.execute(`INSERT INTO product.tenants VALUES (gen_random_uuid(), 'A real customer')`);
    await expect(product.seed()).rejects.toMatchObject({ class: 'configuration', code: 'seed_not_empty' });
    expect(await product.list(`SELECT name FROM product.tenants`)).toEqual(['A real customer']);
    expect(await product.list(`SELECT count(*) FROM product.users`)).toEqual(['0']);
  });

  it('leaves a file alone that it did not write, and then writes nothing else', async () => {
    const file = join(product.stores.dataDir, 'external', 'fx_rates.csv');
    mkdirSync(join(product.stores.dataDir, 'external'));
    writeFileSync(file, 'our own rates');
    await expect(product.seed()).rejects.toMatchObject({ class: 'configuration', code: 'seed_file_exists' });
    expect(readFileSync(file, 'utf8')).toBe('our own rates');
    expect(await product.checksums()).toEqual(EMPTY);
  });

  it('leaves nothing when its connection dies before the last table, and succeeds the next time', async () => {
    await product.db
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
              await product.db.execute('SELECT pg_terminate_backend($1)', [pid?.pid]);
            }
            return await session.copyIn(sql, source);
          },
        };
        await expect(product.seedOn(dying)).rejects.toThrow();
      })
      .catch(() => undefined);
    expect(await product.checksums()).toEqual(EMPTY);
    expect(existsSync(join(product.stores.dataDir, 'external'))).toBe(false);
    expect(await product.seed()).toMatchObject({ partnerships: 606 });
  });

  it('is finished by a second run, dated as the first was, when it died between Postgres and the graph', async () => {
    const undisturbed = await Product.create();
    try {
      await undisturbed.seed();
      const { graph } = product.stores;
      let writes = 0;
      const dying: GraphWriter = {
        write: async (statement, params, schema) => {
          if (++writes === 3) throw new Error('killed');
          return await graph.write(statement, params, schema);
        },
      };
      await expect(product.seed({}, dying)).rejects.toThrow('killed');
      await expect(product.seed({ seed: 8 })).rejects.toMatchObject({ code: 'seed_not_empty' });
      const summary = await product.seed({ asOf: new Date('2026-03-19T08:00:00Z') });
      expect(summary.asOf).toEqual(AS_OF);
      expect(await product.checksums()).toEqual(await undisturbed.checksums());
      expect(await product.graphRows()).toEqual(await undisturbed.graphRows());
      await expect(product.seed()).rejects.toMatchObject({ code: 'seed_not_empty' });
    } finally {
      await undisturbed.close();
    }
  }, 120_000);

  it.each([{ scale: 0 }, { scale: Number.NaN }, { seed: 1.5 }, { asOf: new Date(Number.NaN) }])(
    'refuses %p',
    async (options) => {
      await expect(product.seed(options)).rejects.toMatchObject({
        class: 'configuration',
        code: 'seed_options_invalid',
      });
    },
  );
});

describe('the planted truth, found again with plain SQL', () => {
  const options = { seed: 42, asOf: AS_OF, scale: 0.25 };
  const planted = plantedTruth(generateWorld(seedSpec(options)));
  let product: Product;

  beforeAll(async () => {
    product = await Product.create();
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

function rejectsOf(source: string): string[] {
  return truth.rejects.filter((reject) => reject.source === source).map(({ recordKey }) => recordKey);
}
