import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { type InsightReport, insightReportSchema } from '../application/insight-report.js';
import type { DatedOutcomeRow, OutcomeStore, RowSetCounts } from '../application/ports.js';
import type { CategoricalPredictor, CategoryCounts } from '../domain/categories.js';
import type { ScoreDistribution } from '../domain/drift.js';
import type { ScoresAtTwoTimes } from '../domain/leak-age.js';
import { SCORES } from '../domain/predictiveness-sums.js';
import type { Segmentation, SegmentSums } from '../domain/segments.js';
import type { ScoredPairs } from '../domain/selection.js';
import { categoryCounts } from './category-counts.js';
import { predictivenessSums } from './predictiveness-sums.js';
import { scoreDistributions, scoredPairs } from './score-spread.js';
import { insertAll, replacePartition, replaceTable } from './replace-rows.js';

const dealsSql = readStatement(import.meta.url, './sql/predictiveness-deals.sql');
const rowsSql = readStatement(import.meta.url, './sql/predictiveness-rows.sql');
const agedSql = readStatement(import.meta.url, './sql/predictiveness-aged.sql');
const countsSql = readStatement(import.meta.url, './sql/predictiveness-counts.sql');
const scoredLaterSql = readStatement(import.meta.url, './sql/predictiveness-scored-later.sql');
const otherReportsSql = readStatement(import.meta.url, './sql/predictiveness-other-reports.sql');
const latestReportSql = readStatement(import.meta.url, './sql/predictiveness-latest.sql');

const outcomeRow = z
  .object({
    entity1_id: z.string(),
    entity2_id: z.string(),
    started_at: z.string(),
    is_successful: z.boolean(),
    success_score: z.number().nullable(),
    semantic: z.number(),
    goal_alignment: z.number(),
    cultural_momentum: z.number(),
    historical: z.number(),
    authenticity: z.number(),
    confidence: z.number(),
  })
  .transform(
    ({
      entity1_id,
      entity2_id,
      started_at,
      is_successful,
      success_score,
      confidence,
      ...scores
    }): DatedOutcomeRow => ({
      entity1Id: entity1_id,
      entity2Id: entity2_id,
      startedAt: started_at,
      success: is_successful,
      successScore: success_score,
      scores,
      confidence,
    }),
  );

const countsRow = z.object({
  reason: z.enum([
    '',
    'open',
    'deleted',
    'no_success_score',
    'not_matured',
    'no_score_before',
    'score_too_old',
  ]),
  deals: z.coerce.number(),
  successful: z.coerce.number(),
  scored: z.coerce.number(),
  first_start: z.string(),
});
const agedRow: z.ZodType<ScoresAtTwoTimes> = z.object({
  score: z.enum(SCORES),
  used: z.array(z.number()),
  aged: z.array(z.number()),
  successful: z.array(z.boolean()),
});
const dealsRow = z.object({ deals: z.coerce.number() });

/** The deals that say something about the affinity scores, and the reports about them, in ClickHouse. */
export class ClickHouseOutcomeStore implements OutcomeStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async replaceDeals(asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_predictiveness_deals', async (target) => {
      const { written } = await this.clickhouse.command(dealsSql, { target, as_of: asOf });
      return written;
    });
  }

  async counts(): Promise<RowSetCounts> {
    const found = await this.clickhouse.rows(countsSql, {}, countsRow);
    const dealsOf = (reason: string): number => found.find((row) => row.reason === reason)?.deals ?? 0;
    const used = found.find((row) => row.reason === '');
    const { deals: scoredLater } = await this.clickhouse.row(scoredLaterSql, {}, dealsRow);
    return {
      n: used?.deals ?? 0,
      nSuccessful: used?.successful ?? 0,
      nScore: used?.scored ?? 0,
      from: used?.first_start ?? null,
      excluded: {
        open: dealsOf('open'),
        deleted: dealsOf('deleted'),
        no_success_score: dealsOf('no_success_score'),
        not_matured: dealsOf('not_matured'),
        no_score_before: dealsOf('no_score_before'),
        score_too_old: dealsOf('score_too_old'),
      },
      scoredLater,
    };
  }

  async sums(segmentations: readonly (Segmentation | null)[], perMyriad = 10_000): Promise<SegmentSums[]> {
    return await predictivenessSums(this.clickhouse, segmentations, perMyriad);
  }

  async scoreDistributions(): Promise<ScoreDistribution[]> {
    return await scoreDistributions(this.clickhouse);
  }

  async scoredPairs(asOf: string): Promise<ScoredPairs> {
    return await scoredPairs(this.clickhouse, asOf);
  }

  async categories(predictor: CategoricalPredictor): Promise<CategoryCounts[]> {
    return await categoryCounts(this.clickhouse, predictor);
  }

  async sample(begunBy: string, deals: number): Promise<DatedOutcomeRow[]> {
    return await this.clickhouse.rows(rowsSql, { begun_by: begunBy, deals }, outcomeRow);
  }

  async agedScores(deals: number): Promise<ScoresAtTwoTimes[]> {
    return await this.clickhouse.rows(agedSql, { deals }, agedRow);
  }

  async saveReport(report: InsightReport): Promise<number> {
    const day = report.asOf.slice(0, 10).replaceAll('-', '');
    await replacePartition(this.clickhouse, 'insight_predictiveness', day, async (target) => {
      await this.clickhouse.command(otherReportsSql, { target, as_of: report.asOf });
      return await insertAll(this.clickhouse, target, [
        { as_of: report.asOf, report: JSON.stringify(report) },
      ]);
    });
    return 1;
  }

  /** The report of the latest asOf, null before the first. */
  async latestReport(): Promise<InsightReport | null> {
    const [row] = await this.clickhouse.rows(latestReportSql, {}, z.object({ report: z.string() }));
    return row === undefined ? null : insightReportSchema.parse(JSON.parse(row.report));
  }
}
