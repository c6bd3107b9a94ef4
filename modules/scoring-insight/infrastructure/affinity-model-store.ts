import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { type Graph, graphInstant } from '../../../src/platform/graph/graph.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type {
  AffinityModelStore,
  ModelDecisionStore,
  RankChurn,
  RecordedDecision,
} from '../application/ports.js';
import type { ModelChange } from '../domain/affinity-model-decision.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import { COMPONENTS, type Weights } from '../domain/components.js';
import { insertAll, replaceTable } from './replace-rows.js';

const storedSql = readStatement(import.meta.url, './sql/affinity-models.sql');
const decisionsSql = readStatement(import.meta.url, './sql/model-decisions.sql');
const lockSql = readStatement(import.meta.url, './sql/lock-model-decisions.sql');
const rankChurnSql = readStatement(import.meta.url, './sql/rank-churn.sql');
const inGraphCypher = readStatement(import.meta.url, './cypher/affinity-models.cypher');

const status = z.enum(['suggested', 'active', 'superseded', 'rejected']);

const weights = z.object({
  semantic: z.number(),
  goal_alignment: z.number(),
  cultural_momentum: z.number(),
  historical: z.number(),
  authenticity: z.number(),
}) satisfies z.ZodType<Weights>;

/** What a version was suggested on top of; suggestions of earlier releases do not say. */
const basedOn = z.object({ base: weights.nullable().default(null) });

const storedRow = z.object({
  version: z.number(),
  status,
  ...weights.shape,
  n: z.number(),
  evidence: z.string(),
  created_at: z.string(),
  activated_at: z.string().nullable(),
  decided_at: z.string().nullable(),
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
    decidedAt: graphInstant.nullable(),
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
    base: null,
    n: row.n,
    createdAt: row.createdAt,
    activatedAt: row.activatedAt,
    decidedAt: row.decidedAt,
  }));

const decisionRow = z.object({
  decision: z.enum(['approve', 'reject', 'revoke']),
  decided_version: z.number(),
  version: z.number(),
  status,
  activated_at: z.string().nullable(),
  decided_by: z.string(),
  reason: z.string(),
  decided_at: z.string(),
});

/** The matches that a person is shown of an entity. */
const TOP_MATCHES = 10;

const rankChurnRow = z
  .object({ entities: z.number(), entities_changed: z.number(), share: z.number().nullable() })
  .transform(({ entities, entities_changed, share }): RankChurn => ({
    top: TOP_MATCHES,
    entities,
    share,
    entitiesChanged: entities_changed,
  }));

/** Versions of the affinity weights: what this service concluded and people decided through it, and what the graph says. */
export class AffinityModels implements AffinityModelStore {
  constructor(
    protected readonly clickhouse: ClickHouse,
    private readonly graph: Graph,
  ) {}

  async stored(): Promise<AffinityModel[]> {
    const rows = await this.clickhouse.rows(storedSql, {}, storedRow);
    return rows.map(({ version, status, n, evidence, created_at, activated_at, decided_at, ...weights }) => ({
      version,
      status,
      weights,
      base: basedOn.parse(JSON.parse(evidence)).base,
      n,
      createdAt: created_at,
      activatedAt: activated_at,
      decidedAt: decided_at,
    }));
  }

  async inGraph(): Promise<AffinityModel[]> {
    return await this.graph.read(inGraphCypher, {}, graphRow);
  }

  async decided(): Promise<ModelChange[]> {
    const rows = await this.clickhouse.rows(decisionsSql, {}, decisionRow);
    return rows.map(({ version, status, activated_at, decided_at }) => ({
      version,
      status,
      activatedAt: activated_at,
      decidedAt: decided_at,
    }));
  }

  async rankChurn(from: Weights, to: Weights, asOf: string): Promise<RankChurn> {
    const inOrder = (weights: Weights): number[] => COMPONENTS.map((component) => weights[component]);
    return await this.clickhouse.row(
      rankChurnSql,
      { from_weights: inOrder(from), to_weights: inOrder(to), top: TOP_MATCHES, as_of: asOf },
      rankChurnRow,
    );
  }

  async replace(
    models: readonly AffinityModel[],
    evidence: { version: number; json: string } | null,
    asOf: string,
  ): Promise<number> {
    const known = await this.clickhouse.rows(storedSql, {}, storedRow);
    const evidenceOf = new Map(known.map((row) => [row.version, row.evidence]));
    if (evidence !== null) evidenceOf.set(evidence.version, evidence.json);
    const rows = models.map(({ version, status, weights, n, createdAt, activatedAt, decidedAt }) => ({
      version,
      status,
      ...weights,
      n,
      evidence: evidenceOf.get(version) ?? '{}',
      created_at: createdAt,
      activated_at: activatedAt,
      decided_at: decidedAt,
      _changed_at: asOf,
    }));
    return await replaceTable(this.clickhouse, 'insight_affinity_models', (target) =>
      insertAll(this.clickhouse, target, rows),
    );
  }
}

/** The same with people's decisions, one at a time whatever process takes them. */
export class DecidedAffinityModels extends AffinityModels implements ModelDecisionStore {
  constructor(
    clickhouse: ClickHouse,
    graph: Graph,
    private readonly postgres: Postgres,
  ) {
    super(clickhouse, graph);
  }

  async decisions(): Promise<RecordedDecision[]> {
    const rows = await this.clickhouse.rows(decisionsSql, {}, decisionRow);
    return rows
      .filter(({ version, decided_version }) => version === decided_version)
      .map(({ decision, version, decided_by, reason, decided_at }) => ({
        decision,
        version,
        by: decided_by,
        reason,
        at: decided_at,
      }));
  }

  async evidence(version: number): Promise<Record<string, unknown> | null> {
    const rows = await this.clickhouse.rows(storedSql, {}, storedRow);
    const text = rows.find((row) => row.version === version)?.evidence ?? '{}';
    const evidence = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    return Object.keys(evidence).length === 0 ? null : evidence;
  }

  async append({
    decision,
    version,
    by,
    reason,
    changes,
  }: Parameters<ModelDecisionStore['append']>[0]): Promise<void> {
    const decisionId = randomUUID();
    const rows = changes.map((change) => ({
      decision_id: decisionId,
      decision,
      decided_version: version,
      version: change.version,
      status: change.status,
      activated_at: change.activatedAt,
      decided_by: by,
      reason,
      decided_at: change.decidedAt,
    }));
    await this.clickhouse.insertRows('insight_model_decisions', rows);
  }

  async exclusively<T>(work: (stillAlone: () => Promise<void>) => Promise<T>): Promise<T> {
    return await this.postgres.transaction(async (session) => {
      await session.execute(lockSql);
      // The lock lives as long as the session: one that answers still holds it.
      return await work(async () => void (await session.execute('SELECT 1')));
    });
  }
}
