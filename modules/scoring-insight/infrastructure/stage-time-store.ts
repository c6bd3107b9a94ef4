import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { StageTimeStore } from '../application/ports.js';
import type { BacktestResult, PastVisit } from '../domain/backtest.js';
import { dateOf, type WorkingDays } from '../domain/business-days.js';
import { LEAVING, type StageStay } from '../domain/stage-time.js';
import type { GroupThreshold, ReviewedGroup } from '../domain/thresholds.js';
import { insertAll, replacePartition, replaceTable } from './replace-rows.js';

const visitsSql = readStatement(import.meta.url, './sql/stage-visits.sql');
const visitDaysSql = readStatement(import.meta.url, './sql/stage-visit-days.sql');
const durationsSql = readStatement(import.meta.url, './sql/stage-durations.sql');
const thresholdsSql = readStatement(import.meta.url, './sql/stage-thresholds.sql');
const pastVisitsSql = readStatement(import.meta.url, './sql/past-visits.sql');

/** What the figures are made by: raise the version when the same visits would give other figures. */
const METHOD = 'kaplan_meier_left_truncated';
const CODE_VERSION = '1';

const leaving = z.enum(LEAVING).nullable();

const stayRow = z
  .object({
    stage: z.string(),
    partnership_type: z.string(),
    seen_from: z.number(),
    days: z.number(),
    leaving,
    visits: z.number(),
  })
  .transform(({ partnership_type, seen_from, ...row }): StageStay => ({
    ...row,
    partnershipType: partnership_type,
    seenFrom: seen_from,
  }));

const thresholdRow = z
  .object({
    stage: z.string(),
    partnership_type: z.string(),
    warn_days: z.number(),
    critical_days: z.number(),
    source: z.enum(['statistical', 'pipeline', 'configured']),
    level: z.enum(['type', 'stage', 'pipeline']).nullable(),
    reviewed_day: z.number(),
  })
  .transform((row): ReviewedGroup => ({
    stage: row.stage,
    partnershipType: row.partnership_type,
    warnDays: row.warn_days,
    criticalDays: row.critical_days,
    source: row.source,
    level: row.level,
    reviewedDay: row.reviewed_day,
  }));

const pastVisitRow = z
  .object({
    owner: z.string().nullable(),
    stage: z.string(),
    partnership_type: z.string(),
    entered_day: z.number(),
    last_day: z.number(),
    leaving,
  })
  .transform((row): PastVisit => ({
    owner: row.owner,
    stage: row.stage,
    partnershipType: row.partnership_type,
    enteredDay: row.entered_day,
    lastDay: row.last_day,
    leaving: row.leaving,
  }));

/** Stage visits and what they teach, in ClickHouse. */
export class ClickHouseStageTimeStore implements StageTimeStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async replaceVisits(asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_stage_visits', async (target) => {
      const { written } = await this.clickhouse.command(visitsSql, { target, as_of: asOf });
      return written;
    });
  }

  async visitDays(): Promise<{ first: number; last: number } | null> {
    const [days] = await this.clickhouse.rows(
      visitDaysSql,
      {},
      z.object({ first: z.number(), last: z.number() }),
    );
    return days ?? null;
  }

  async stays(windowDay: number, calendar: WorkingDays): Promise<StageStay[]> {
    const params = {
      window_day: windowDay,
      first_day: calendar.firstDay,
      working_days: Array.from(calendar.upTo),
    };
    return await this.clickhouse.rows(durationsSql, params, stayRow);
  }

  async inForce(asOf: string): Promise<ReviewedGroup[]> {
    return await this.clickhouse.rows(thresholdsSql, { as_of: asOf }, thresholdRow);
  }

  async save(
    rows: readonly GroupThreshold[],
    window: { fromDay: number; toDay: number },
    asOf: string,
  ): Promise<number> {
    const partition = asOf.slice(0, 10).replaceAll('-', '');
    return await replacePartition(this.clickhouse, 'insight_stage_time', partition, (target) =>
      insertAll(
        this.clickhouse,
        target,
        rows.map(({ figures, ...row }) => ({
          stage: row.stage,
          partnership_type: row.partnershipType,
          method: METHOD,
          code_version: CODE_VERSION,
          window_from: dateOf(window.fromDay),
          window_to: dateOf(window.toDay),
          visits: row.visits,
          exits: row.exits,
          median: figures.median,
          p75: figures.p75,
          p75_low: figures.p75Low,
          p75_high: figures.p75High,
          p90: figures.p90,
          p90_low: figures.p90Low,
          p90_high: figures.p90High,
          warn_days: row.warnDays,
          critical_days: row.criticalDays,
          source: row.source,
          level: row.level,
          reviewed_on: dateOf(row.reviewedDay),
          warnings: figures.warnings,
          as_of: asOf,
        })),
      ),
    );
  }

  async pastVisits(): Promise<PastVisit[]> {
    return await this.clickhouse.rows(pastVisitsSql, {}, pastVisitRow);
  }

  async saveBacktest(result: BacktestResult, asOf: string): Promise<number> {
    return await insertAll(
      this.clickhouse,
      'insight_stall_backtests',
      result.rules.map((row) => ({
        period_from: dateOf(result.fromDay),
        period_to: dateOf(result.toDay),
        rule: row.rule,
        days: row.days,
        method: METHOD,
        code_version: CODE_VERSION,
        visits: result.visits,
        owners: result.owners,
        alerts: row.alerts,
        right: row.right,
        wrong: row.wrong,
        undecided: row.undecided,
        precision: row.precision,
        precision_low: row.precisionLow,
        precision_high: row.precisionHigh,
        lead_days: row.leadDays,
        alerts_per_owner_week: row.alertsPerOwnerWeek,
        as_of: asOf,
      })),
    );
  }
}
