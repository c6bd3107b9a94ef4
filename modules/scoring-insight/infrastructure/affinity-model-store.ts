import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { type Graph, graphInstant } from '../../../src/platform/graph/graph.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { AffinityModelStore } from '../application/ports.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import { insertAll, replaceTable } from './replace-rows.js';

const storedSql = readStatement(import.meta.url, './sql/affinity-models.sql');
const inGraphCypher = readStatement(import.meta.url, './cypher/affinity-models.cypher');

const status = z.enum(['suggested', 'active', 'superseded', 'rejected']);

const storedRow = z.object({
  version: z.number(),
  status,
  semantic: z.number(),
  goal_alignment: z.number(),
  cultural_momentum: z.number(),
  historical: z.number(),
  authenticity: z.number(),
  n: z.number(),
  evidence: z.string(),
  created_at: z.string(),
  activated_at: z.string().nullable(),
});

const graphRow = z
  .object({
    version: z.number(),
    status,
    semantic: z.number(),
    goalAlignment: z.number(),
    culturalMomentum: z.number(),
    historical: z.number(),
    authenticity: z.number(),
    n: z.number(),
    createdAt: graphInstant,
    activatedAt: graphInstant.nullable(),
  })
  .transform((row): AffinityModel => ({
    version: row.version,
    status: row.status,
    weights: {
      semantic: row.semantic,
      goal_alignment: row.goalAlignment,
      cultural_momentum: row.culturalMomentum,
      historical: row.historical,
      authenticity: row.authenticity,
    },
    n: row.n,
    createdAt: row.createdAt,
    activatedAt: row.activatedAt,
  }));

/** Versions of the affinity weights: what this service concluded (ClickHouse) and what people decided (graph). */
export class AffinityModels implements AffinityModelStore {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly graph: Graph,
  ) {}

  async stored(): Promise<AffinityModel[]> {
    const rows = await this.clickhouse.rows(storedSql, {}, storedRow);
    return rows.map(({ version, status, n, evidence: _, created_at, activated_at, ...weights }) => ({
      version,
      status,
      weights,
      n,
      createdAt: created_at,
      activatedAt: activated_at,
    }));
  }

  async inGraph(): Promise<AffinityModel[]> {
    return await this.graph.read(inGraphCypher, {}, graphRow);
  }

  async replace(
    models: readonly AffinityModel[],
    evidence: { version: number; json: string } | null,
    asOf: string,
  ): Promise<number> {
    const known = await this.clickhouse.rows(storedSql, {}, storedRow);
    const evidenceOf = new Map(known.map((row) => [row.version, row.evidence]));
    if (evidence !== null) evidenceOf.set(evidence.version, evidence.json);
    const rows = models.map(({ version, status, weights, n, createdAt, activatedAt }) => ({
      version,
      status,
      ...weights,
      n,
      evidence: evidenceOf.get(version) ?? '{}',
      created_at: createdAt,
      activated_at: activatedAt,
      _changed_at: asOf,
    }));
    return await replaceTable(this.clickhouse, 'insight_affinity_models', (target) =>
      insertAll(this.clickhouse, target, rows),
    );
  }
}
