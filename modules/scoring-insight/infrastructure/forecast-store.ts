import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import {
  FORECAST_CODE_VERSION,
  forecastOf,
  type ForecastReport,
  forecastReportSchema,
} from '../application/forecast-report.js';
import type { ForecastRow, ForecastStore, OpenDealState } from '../application/ports.js';
import type { Forecast } from '../domain/forecast.js';
import type { PastDeal } from '../domain/forecast-deals.js';
import { type Explanation, FEATURES } from '../domain/forecast-model.js';
import { insertAll, replacePartition, replaceTable } from './replace-rows.js';

const snapshotsSql = readStatement(import.meta.url, './sql/forecast-snapshots.sql');
const openDealsSql = readStatement(import.meta.url, './sql/forecast-open-deals.sql');
const ofDaySql = readStatement(import.meta.url, './sql/forecast-of-day.sql');
const latestSql = readStatement(import.meta.url, './sql/forecast-latest.sql');
const dealsSql = readStatement(import.meta.url, './sql/forecast-deals.sql');

const numbers = z.array(z.number());
const scores = numbers.transform((known) => (known.length === 0 ? null : known));

const pastDealRow = z
  .object({
    candidates: z.coerce.number(),
    tenant_id: z.string(),
    success: z.boolean().nullable(),
    closed_day: z.number().nullable(),
    value: z.number().nullable(),
    scores,
    days: numbers,
    stages: z.array(z.string()),
    stage_days: numbers,
    quiet_days: numbers,
  })
  .transform(({ candidates, ...row }): { candidates: number; deal: PastDeal } => ({
    candidates,
    deal: {
      tenantId: row.tenant_id,
      success: row.success,
      closedDay: row.closed_day,
      value: row.value,
      scores: row.scores,
      snapshots: row.days.map((day, i) => ({
        day,
        stage: row.stages[i]!,
        stageDays: row.stage_days[i]!,
        quietDays: row.quiet_days[i]!,
      })),
    },
  }));

const openDealRow = z
  .object({
    partnership_id: z.string(),
    tenant_id: z.string(),
    stage: z.string(),
    stage_days: z.number(),
    quiet_days: z.number(),
    deal_value: z.string(),
    currency: z.string(),
    value_reporting: z.string().nullable(),
    scores,
  })
  .transform((row): OpenDealState => ({
    partnershipId: row.partnership_id,
    tenantId: row.tenant_id,
    stage: row.stage,
    stageDays: row.stage_days,
    quietDays: row.quiet_days,
    dealValue: row.deal_value,
    currency: row.currency,
    valueReporting: row.value_reporting,
    scores: row.scores,
  }));

const reportRow = z.object({ as_of: z.string(), report: z.string() });

const keptReport = z.looseObject({});

const contributions = z.partialRecord(z.enum(FEATURES), z.number());
const explanation = z.object({ intercept: z.number(), contributions }).nullable();

const dealForecastRow = z
  .object({
    partnership_id: z.string(),
    tenant_id: z.string(),
    stage: z.string(),
    chance: z.number().nullable(),
    base_rate: z.number().nullable(),
    method: z.enum(['ridge_logistic', 'stage_rate']),
    reason: z.string().nullable(),
    deal_value: z.string(),
    currency: z.string(),
    value_reporting: z.string().nullable(),
    expected_value: z.string().nullable(),
    contributions: z.string(),
    as_of: z.string(),
    place: z.string(),
  })
  .transform((row) => ({
    place: { expectedValue: row.place, partnershipId: row.partnership_id },
    deal: {
      partnershipId: row.partnership_id,
      tenantId: row.tenant_id,
      stage: row.stage,
      chance: row.chance,
      baseRate: row.base_rate,
      method: row.method,
      reason: row.reason,
      dealValue: row.deal_value,
      currency: row.currency,
      valueReporting: row.value_reporting,
      expectedValue: row.expected_value,
      explanation: explanation.parse(JSON.parse(row.contributions)),
      asOf: row.as_of,
    },
  }));

/** An open deal with its chance of success, as people see it. */
export type OpenDealForecast = z.infer<typeof dealForecastRow>['deal'];

/** Where a deal stands in the list: (expected value, id). */
export type ForecastPlace = z.infer<typeof dealForecastRow>['place'];

export interface ForecastFilter {
  /** Id of the only tenant whose deals are wanted. */
  tenant?: string | undefined;
  stage?: string | undefined;
  limit: number;
  /**
   * For readers of one tenant: chances to two digits, what they bring by those, and contributions to one, so that what is learnt
   * anew from one day to the next does not tell how single deals of others ended.
   */
  coarse?: boolean | undefined;
  /** Only what comes after it. */
  after?: ForecastPlace | undefined;
}

/** Before every deal: more than any is worth. */
const FIRST: ForecastPlace = {
  expectedValue: '9999999999999999999999999999999999.99',
  partnershipId: '00000000-0000-0000-0000-000000000000',
};

/** What forecasts are learnt from, and what they say, in ClickHouse. */
export class ClickHouseForecastStore implements ForecastStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async pastDeals({ fromDay, toDay, deals }: { fromDay: number; toDay: number; deals: number }) {
    const params = { from_day: fromDay, to_day: toDay, deals };
    const rows = await this.clickhouse.rows(snapshotsSql, params, pastDealRow);
    return { deals: rows.map(({ deal }) => deal), candidates: rows[0]?.candidates ?? 0 };
  }

  async openDeals(asOf: string): Promise<OpenDealState[]> {
    return await this.clickhouse.rows(openDealsSql, { as_of: asOf }, openDealRow);
  }

  async learntOn(asOf: string): Promise<Forecast | null> {
    const params = { as_of: asOf, code_version: FORECAST_CODE_VERSION };
    const report = await this.report(ofDaySql, params);
    return report && forecastOf(report.learnt);
  }

  async saveReport(report: ForecastReport): Promise<number> {
    // Beside as_of, so that a second run of a day with the same data writes the same.
    const { asOf, ...kept } = report;
    const { codeVersion, seed, learnt, pipeline } = kept;
    const partition = asOf.slice(0, 10).replaceAll('-', '');
    return await replacePartition(this.clickhouse, 'insight_forecasts', partition, (target) =>
      insertAll(this.clickhouse, target, [
        {
          as_of: asOf,
          method: learnt.method,
          code_version: codeVersion,
          window_from: learnt.window?.from ?? learnt.day,
          window_to: learnt.window?.to ?? learnt.day,
          seed,
          n: learnt.n,
          n_successful: learnt.nSuccessful,
          skill: learnt.skill?.skill ?? null,
          skill_low: learnt.skill?.low ?? null,
          skill_high: learnt.skill?.high ?? null,
          open_deals: pipeline.deals,
          expected_value: pipeline.expectedValue,
          value_low: pipeline.valueLow,
          value_high: pipeline.valueHigh,
          coverage: learnt.coverage,
          warnings: learnt.warnings,
          report: JSON.stringify(kept),
        },
      ]),
    );
  }

  async replaceDeals(
    rows: readonly ForecastRow[],
    { asOf, modelDay }: { asOf: string; modelDay: string },
  ): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_deal_forecasts', (target) =>
      insertAll(
        this.clickhouse,
        target,
        rows.map((row) => ({
          partnership_id: row.partnershipId,
          tenant_id: row.tenantId,
          stage: row.stage,
          chance: row.chance,
          base_rate: row.baseRate,
          method: row.method,
          reason: row.reason,
          deal_value: row.dealValue,
          currency: row.currency,
          value_reporting: row.valueReporting,
          expected_value: row.expectedValue,
          contributions: explanationText(row.explanation),
          code_version: FORECAST_CODE_VERSION,
          model_day: modelDay,
          as_of: asOf,
        })),
      ),
    );
  }

  /** The report of the run whose deals stand in the list, else that of the latest; null before the first. */
  async latest(): Promise<ForecastReport | null> {
    return await this.report(latestSql, {});
  }

  /** Open deals with their chances, those that bring most first; `next` is null on the last page. */
  async deals({ tenant, stage, coarse = false, limit, after = FIRST }: ForecastFilter): Promise<{
    deals: OpenDealForecast[];
    next: ForecastPlace | null;
  }> {
    const params = {
      tenant: tenant ?? null,
      stage: stage ?? null,
      coarse,
      after_value: after.expectedValue,
      after_id: after.partnershipId,
      limit: limit + 1,
    };
    const rows = await this.clickhouse.rows(dealsSql, params, dealForecastRow);
    const page = rows.slice(0, limit);
    return {
      deals: page.map(({ deal }) => (coarse ? { ...deal, explanation: coarsely(deal.explanation) } : deal)),
      next: rows.length > limit ? (page.at(-1)?.place ?? null) : null,
    };
  }

  private async report(sql: string, params: Record<string, unknown>): Promise<ForecastReport | null> {
    const [row] = await this.clickhouse.rows(sql, params, reportRow);
    if (row === undefined) return null;
    return forecastReportSchema.parse({ asOf: row.as_of, ...keptReport.parse(JSON.parse(row.report)) });
  }
}

/** Log odds to one digit. */
function coarsely(explanation: Explanation | null): Explanation | null {
  if (explanation === null) return null;
  const oneDigit = (moved: number): number => Math.round(moved * 10) / 10;
  const rounded = Object.entries(explanation.contributions).map(([feature, moved]) => [
    feature,
    oneDigit(moved),
  ]);
  return { intercept: oneDigit(explanation.intercept), contributions: Object.fromEntries(rounded) };
}

/** To six digits: log odds are shown to two, and seventeen would be most of the table. */
function explanationText(explanation: Explanation | null): string {
  if (explanation === null) return 'null';
  const rounded = Object.entries(explanation.contributions).map(
    ([feature, moved]) => `"${feature}":${sixDigits(moved)}`,
  );
  return `{"intercept":${sixDigits(explanation.intercept)},"contributions":{${rounded.join(',')}}}`;
}

function sixDigits(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
