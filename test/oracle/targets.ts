import { z } from 'zod';
import { graphInstant } from '../../src/platform/graph/graph.js';
import type { Stores } from '../../src/platform/stores.js';

/** What the service wrote for others to read, in the order of the ids. */

const figure = z.number().nullable();

export const benchmarkRow = z.object({
  entityId: z.string(),
  metric: z.string(),
  value: figure,
  n: z.number(),
  cohort: z.string().nullable(),
  cohortN: figure,
  percentile: figure,
  p25: figure,
  p50: figure,
  p75: figure,
  ciLow: figure,
  ciHigh: figure,
});
export type BenchmarkRow = z.infer<typeof benchmarkRow>;

export async function readBenchmarks({
  postgres,
}: Stores): Promise<(BenchmarkRow & { reason: string | null })[]> {
  return await postgres.query(
    `SELECT entity_id AS "entityId", metric, value, n, cohort, cohort_n AS "cohortN", percentile, p25, p50, p75,
       ci_low AS "ciLow", ci_high AS "ciHigh", reason
     FROM insights.entity_benchmarks ORDER BY entity_id, metric`,
    [],
    benchmarkRow.extend({ reason: z.string().nullable() }),
  );
}

export async function readBadges({ postgres }: Stores, badge: string): Promise<Map<string, string>> {
  const rows = await postgres.query(
    'SELECT entity_id AS id, level FROM insights.entity_badges WHERE badge = $1',
    [badge],
    z.object({ id: z.string(), level: z.string() }),
  );
  return new Map(rows.map(({ id, level }) => [id, level]));
}

export async function readDealHealth({ postgres }: Stores) {
  return await postgres.query(
    `SELECT partnership_id AS "partnershipId", owner_user_id AS "ownerUserId", stage, severity
     FROM insights.deal_health ORDER BY partnership_id`,
    [],
    z.object({ partnershipId: z.string(), ownerUserId: z.string(), stage: z.string(), severity: z.string() }),
  );
}

export async function readIncidents({ postgres }: Stores) {
  return await postgres.query(
    `SELECT id, subject AS "partnershipId", evidence->>'ownerUserId' AS "ownerUserId", evidence->>'stage' AS stage, severity, state
     FROM insights_ops.alert_incidents ORDER BY subject`,
    [],
    z.object({
      id: z.string(),
      partnershipId: z.string(),
      ownerUserId: z.string(),
      stage: z.string(),
      severity: z.string(),
      state: z.string(),
    }),
  );
}

export async function readMessages({ postgres }: Stores) {
  return await postgres.query(
    `SELECT transition, status, ARRAY(SELECT jsonb_array_elements_text(payload->'incidentIds')) AS incidents
     FROM insights_ops.alert_outbox ORDER BY dedup_key`,
    [],
    z.object({ transition: z.string(), status: z.string(), incidents: z.array(z.string()) }),
  );
}

export async function readPairSignals({ graph }: Stores) {
  return await graph.read(
    `MATCH (a:Entity)-[s:SUCCESS_SIGNAL]->(b:Entity)
     RETURN a.id AS a, b.id AS b, s.partnerships AS partnerships, s.successes AS successes, s.rate AS rate,
       s.lastOutcomeAt AS lastOutcomeAt, s.version AS version ORDER BY a, b`,
    {},
    z.object({
      a: z.string(),
      b: z.string(),
      partnerships: z.number(),
      successes: z.number(),
      rate: z.number(),
      lastOutcomeAt: graphInstant,
      version: z.number(),
    }),
  );
}

export async function readEntitySignals({ graph }: Stores) {
  return await graph.read(
    `MATCH (e:Entity) WHERE e.insightSuccessN IS NOT NULL
     RETURN e.id AS id, e.insightSuccessN AS n, e.insightSuccessRate AS rate, e.insightSuccessLow AS low, e.insightSuccessHigh AS high ORDER BY id`,
    {},
    z.object({ id: z.string(), n: z.number(), rate: z.number(), low: z.number(), high: z.number() }),
  );
}

/** Every property of every version of the affinity weights. */
export async function readAffinityModels({ graph }: Stores) {
  return await graph.read(
    'MATCH (m:AffinityModel) RETURN properties(m) AS model ORDER BY m.version',
    {},
    z.object({ model: z.record(z.string(), z.unknown()) }).transform(({ model }) => model),
  );
}

/** The row set behind the report and every deal outside it, as ClickHouse holds them. */
export async function readPredictivenessDeals({ clickhouse }: Stores) {
  return await clickhouse.rows(
    `SELECT partnership_id AS id, excluded, affinity_id AS score, is_successful AS successful, toFloat64(success_score) AS successScore,
       arrayMap(x -> toFloat64(x), [semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence]) AS shares
     FROM insight_predictiveness_deals ORDER BY toString(partnership_id)`,
    {},
    z.object({
      id: z.string(),
      excluded: z.string(),
      score: z.string().nullable(),
      successful: z.boolean().nullable(),
      successScore: figure,
      shares: z.array(figure),
    }),
  );
}

/** Ids of the events that wait at the unknown member for their deal. */
export async function readWaitingEvents({ clickhouse }: Stores): Promise<string[]> {
  const rows = await clickhouse.rows(
    'SELECT event_id AS id FROM fact_deal_events WHERE partnership_key = 0 ORDER BY event_id',
    {},
    z.object({ id: z.string() }),
  );
  return rows.map(({ id }) => id);
}
