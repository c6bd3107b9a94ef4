import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { generateWorld, productTables, seedSpec } from '../../src/seed/generate.js';
import {
  createProductSchema,
  seedProduct,
  type GraphWriter,
  type SeedSession,
  type SeedSummary,
} from '../../src/seed/seed.js';
import { testStores, type TestStores } from '../support/stores.js';
import { z } from 'zod';

export const AS_OF = new Date('2026-03-17T15:30:00Z');
export const SMALL = { seed: 7, asOf: AS_OF, scale: 0.05 };
export const TABLES = productTables(generateWorld(seedSpec(SMALL))).map(({ name, columns }) => ({
  name,
  columns,
}));

/** The last event of each partnership, in the order of the contract. */
export const LAST_EVENTS = `
  SELECT DISTINCT ON (partnership_id) partnership_id, to_stage, occurred_at
  FROM product.deal_events ORDER BY partnership_id, occurred_at DESC, id DESC`;
export const CLOSED = `('completed', 'declined', 'expired')`;

/** A database of its own, with the product schema in it. */
export class SeededProduct {
  private constructor(
    readonly stores: TestStores,
    readonly db: Postgres,
  ) {}

  static async create(): Promise<SeededProduct> {
    const stores = await testStores();
    const product = new SeededProduct(stores, new Postgres(createDataSource(stores.postgresUrl, [])));
    await product.db.withSession((session) => createProductSchema(session));
    await migrateGraph(stores.graph);
    return product;
  }

  async seed(
    options: Partial<typeof SMALL> = {},
    graph: GraphWriter = this.stores.graph,
  ): Promise<SeedSummary> {
    return this.db.withSession((session) => this.seedOn(session, options, graph));
  }

  async seedOn(
    session: SeedSession,
    options: Partial<typeof SMALL> = {},
    graph: GraphWriter = this.stores.graph,
  ): Promise<SeedSummary> {
    return seedProduct(session, graph, { ...SMALL, ...options, dataDir: this.stores.dataDir });
  }

  async rows(sql: string, params: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.db.query(sql, params, z.record(z.string(), z.unknown()));
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
