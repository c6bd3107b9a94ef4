import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { COMPONENTS } from '../domain/components.js';
import type { ScoreDistribution } from '../domain/drift.js';
import type { ScoredPairs } from '../domain/selection.js';
import type { GroupSums } from '../domain/stats/sums.js';

const distributionSql = readStatement(import.meta.url, './sql/score-distribution.sql');
const spreadSql = readStatement(import.meta.url, './sql/score-spread.sql');

const component = z.enum(COMPONENTS);

const distributionRow = z
  .object({ quarter: z.string(), component, steps: z.array(z.number()), deals: z.array(z.number()) })
  .transform(({ steps, deals, ...row }): ScoreDistribution => ({
    ...row,
    counts: steps.map((step, at) => ({ value: step / 100, n: deals[at] ?? 0 })),
  }));

const spreadRow = z.object({
  component,
  pairs: z.coerce.number(),
  partnered: z.coerce.number(),
  x: z.string().transform(BigInt),
  xx: z.string().transform(BigInt),
});

/** The scores of the row set by quarter and component. */
export async function scoreDistributions(clickhouse: ClickHouse): Promise<ScoreDistribution[]> {
  return await clickhouse.rows(distributionSql, {}, distributionRow);
}

/** The latest score of every pair up to an instant, added up. */
export async function scoredPairs(clickhouse: ClickHouse, asOf: string): Promise<ScoredPairs> {
  const rows = await clickhouse.rows(spreadSql, { as_of: asOf }, spreadRow);
  const sumsOf = (wanted: (typeof COMPONENTS)[number]): GroupSums => {
    const row = rows.find((found) => found.component === wanted);
    return { n: row?.pairs ?? 0, sum: row?.x ?? 0n, sumOfSquares: row?.xx ?? 0n };
  };
  return {
    pairs: rows[0]?.pairs ?? 0,
    partnered: rows[0]?.partnered ?? 0,
    byComponent: {
      semantic: sumsOf('semantic'),
      goal_alignment: sumsOf('goal_alignment'),
      cultural_momentum: sumsOf('cultural_momentum'),
      historical: sumsOf('historical'),
      authenticity: sumsOf('authenticity'),
    },
  };
}
