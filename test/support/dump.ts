import { z } from 'zod';
import { graphRow } from '../../src/platform/graph/graph.js';
import type { Stores } from '../../src/platform/stores.js';

/** What may differ between two runs over the same data: bookkeeping, and the instants that say when another column changed. */
const CLOCK_COLUMNS = ['as_of', 'run_id', 'confirmed_run'];

const GRAPH_QUERIES = {
  'graph entities': `MATCH (e:Entity) WHERE e.insightSuccessN IS NOT NULL
    RETURN e.id AS id, e.insightSuccessRate AS rate, e.insightSuccessN AS n, e.insightSuccessLow AS low, e.insightSuccessHigh AS high ORDER BY id`,
  'graph pairs': `MATCH (a:Entity)-[s:SUCCESS_SIGNAL]->(b:Entity)
    RETURN a.id AS a, b.id AS b, s.partnerships AS partnerships, s.successes AS successes, s.rate AS rate, toString(s.lastOutcomeAt) AS lastOutcomeAt,
      s.version AS version ORDER BY a, b`,
  'graph models': `MATCH (m:AffinityModel)
    RETURN m.version AS version, m.status AS status, m.semantic AS semantic, m.goalAlignment AS goalAlignment, m.culturalMomentum AS culturalMomentum,
      m.historical AS historical, m.authenticity AS authenticity, m.n AS n ORDER BY version`,
};

/** Filled by a person's command alone, never by a run. */
const ON_DEMAND = ['insight_model_decisions', 'insight_stall_backtests'];

/** What a run has left empty although it fills it. */
export function emptyOf(tables: Record<string, string>): string[] {
  return Object.entries(tables)
    .filter(
      ([name, content]) => !ON_DEMAND.includes(name) && (content.startsWith('0 rows') || content === '[]'),
    )
    .map(([name]) => name);
}

/**
 * Every table of dim_, fact_, agg_ and insight_, of the schema insights and of our part of the graph, as row count and
 * content hash (bookkeeping columns apart): two dumps are equal when the tables are.
 */
export async function dump({ clickhouse, postgres, graph }: Stores): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  const columns = await clickhouse.rows(
    `SELECT table, groupArray(name) AS names FROM (SELECT table, name FROM system.columns
     WHERE database = currentDatabase() AND match(table, '^(dim|fact|agg|insight)_') AND NOT startsWith(name, '_') AND name NOT IN {clock: Array(String)}
     ORDER BY table, position) GROUP BY table ORDER BY table`,
    { clock: CLOCK_COLUMNS },
    z.object({ table: z.string(), names: z.array(z.string()) }),
  );
  for (const { table, names } of columns) {
    const found = await clickhouse.row(
      `SELECT count() AS dumped_rows, toString(sum(sipHash64(toString(tuple(${names.map((name) => `\`${name}\``).join(', ')}))))) AS dumped_hash FROM ${table}
       ${table === 'insight_affinity_models' ? 'FINAL' : ''}`,
      {},
      z.object({ dumped_rows: z.string(), dumped_hash: z.string() }),
    );
    result[table] = `${found.dumped_rows} rows, ${found.dumped_hash}`;
  }
  for (const table of ['entity_benchmarks', 'entity_badges', 'deal_health']) {
    const [found] = await postgres.query(
      `SELECT count(*) AS n, md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) AS hash
       FROM (SELECT (to_jsonb(t) - 'as_of')::text AS line FROM insights.${table} t) s`,
      [],
      z.object({ n: z.string(), hash: z.string() }),
    );
    result[`insights.${table}`] = `${found?.n} rows, ${found?.hash}`;
  }
  for (const [name, query] of Object.entries(GRAPH_QUERIES)) {
    const rows = await graph.read(query, {}, graphRow);
    result[name] = JSON.stringify(
      rows.map((row) => Object.values(row)),
      (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    );
  }
  return result;
}

/** Every message of the outbox and the incidents it tells of, in a fixed order. */
export async function messages({ postgres }: Stores): Promise<unknown[]> {
  return await postgres.query(
    `SELECT transition, channel, dedup_key, status, payload->'incidentIds' AS incidents FROM insights_ops.alert_outbox ORDER BY dedup_key`,
    [],
    z.unknown(),
  );
}
