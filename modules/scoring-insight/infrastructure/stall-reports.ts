import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';

const stageTimesSql = readStatement(import.meta.url, './sql/latest-stage-times.sql');
const backtestSql = readStatement(import.meta.url, './sql/latest-stall-backtest.sql');

const figure = z.number().nullable();
const count = z.coerce.number();

const stageTimeRow = z.object({
  stage: z.string(),
  partnership_type: z.string(),
  method: z.string(),
  code_version: z.string(),
  window_from: z.string(),
  window_to: z.string(),
  visits: count,
  exits: count,
  median: figure,
  p75: figure,
  p75_low: figure,
  p75_high: figure,
  p90: figure,
  p90_low: figure,
  p90_high: figure,
  warn_days: z.number(),
  critical_days: z.number(),
  source: z.enum(['statistical', 'pipeline', 'configured']),
  level: z.enum(['type', 'stage', 'pipeline']).nullable(),
  reviewed_on: z.string(),
  warnings: z.array(z.string()),
  as_of: z.string(),
});

const backtestRow = z.object({
  period_from: z.string(),
  period_to: z.string(),
  rule: z.enum(['statistical', 'fixed', 'fixed_matched']),
  days: figure,
  method: z.string(),
  code_version: z.string(),
  visits: count,
  owners: count,
  alerts: count,
  right: count,
  wrong: count,
  undecided: count,
  precision: figure,
  precision_low: figure,
  precision_high: figure,
  lead_days: figure,
  alerts_per_owner_week: z.number(),
  as_of: z.string(),
});

type StageTimeRow = z.infer<typeof stageTimeRow>;
type BacktestRow = z.infer<typeof backtestRow>;

/** Time to leave each stage in business days, and the thresholds in force. `*` is every type, and in `stage` every stage. */
export type StageTimes = NonNullable<Awaited<ReturnType<typeof latestStageTimes>>>;

/** Of the latest day that has them; null before the first. A null figure's reason is among the row's warnings. */
export async function latestStageTimes(clickhouse: ClickHouse) {
  const rows = await clickhouse.rows(stageTimesSql, {}, stageTimeRow);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    asOf: first.as_of,
    method: first.method,
    codeVersion: first.code_version,
    window: { from: first.window_from, to: first.window_to },
    stages: rows.map(stageOf),
  };
}

function stageOf(row: StageTimeRow) {
  return {
    stage: row.stage,
    partnershipType: row.partnership_type,
    visits: row.visits,
    exits: row.exits,
    median: row.median,
    p75: row.p75,
    p75Low: row.p75_low,
    p75High: row.p75_high,
    p90: row.p90,
    p90Low: row.p90_low,
    p90High: row.p90_high,
    warnDays: row.warn_days,
    criticalDays: row.critical_days,
    source: row.source,
    level: row.level,
    reviewedOn: row.reviewed_on,
    warnings: row.warnings,
  };
}

/** A stored replay of history: how well each rule of stall alerts would have done. */
export type StoredBacktest = NonNullable<Awaited<ReturnType<typeof latestStallBacktest>>>;

/** The replay that was kept last; null before the first. */
export async function latestStallBacktest(clickhouse: ClickHouse) {
  const rows = await clickhouse.rows(backtestSql, {}, backtestRow);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    asOf: first.as_of,
    method: first.method,
    codeVersion: first.code_version,
    window: { from: first.period_from, to: first.period_to },
    visits: first.visits,
    owners: first.owners,
    rules: rows.map(ruleOf),
  };
}

function ruleOf(row: BacktestRow) {
  return {
    rule: row.rule,
    days: row.days,
    alerts: row.alerts,
    right: row.right,
    wrong: row.wrong,
    undecided: row.undecided,
    precision: row.precision,
    precisionLow: row.precision_low,
    precisionHigh: row.precision_high,
    leadDays: row.lead_days,
    alertsPerOwnerWeek: row.alerts_per_owner_week,
    reasons: [
      ...(row.precision === null ? ['no_decided_alerts'] : []),
      ...(row.lead_days === null ? ['no_right_alerts'] : []),
    ],
  };
}
