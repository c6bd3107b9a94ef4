import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { type CategoricalPredictor, type CategoryCounts, LEAST_EXPECTED } from '../domain/categories.js';

const levelsSql = readStatement(import.meta.url, './sql/categories-levels.sql');

/** 64- and 128-bit integers arrive as strings. */
const whole = z.string().regex(/^\d+$/).transform(BigInt);
const count = whole.transform(Number);

const levelRow = z
  .object({
    category: z.string(),
    pooled: count,
    successes: count,
    failures: count,
    entity_pp: whole,
    entity_pn: whole,
    entity_nn: whole,
    pair_pp: whole,
    pair_pn: whole,
    pair_nn: whole,
  })
  .transform((row): CategoryCounts => ({
    category: row.category,
    pooled: row.pooled,
    successes: row.successes,
    failures: row.failures,
    byEntity: { pp: row.entity_pp, pn: row.entity_pn, nn: row.entity_nn },
    byPair: { pp: row.pair_pp, pn: row.pair_pn, nn: row.pair_nn },
  }));

/** The deals of the row set by category, the largest first. */
export async function categoryCounts(
  clickhouse: ClickHouse,
  predictor: CategoricalPredictor,
): Promise<CategoryCounts[]> {
  return await clickhouse.rows(levelsSql, { predictor, least_expected: LEAST_EXPECTED }, levelRow);
}
