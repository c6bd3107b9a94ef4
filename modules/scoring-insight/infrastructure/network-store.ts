import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { networkEffectsSchema } from '../application/network-schema.js';
import type { NetworkHistory, NetworkStore } from '../application/ports.js';
import type { JoinedEntities } from '../domain/network-cohorts.js';
import type { SegmentMonth } from '../domain/network-density.js';
import {
  type Concentration,
  NETWORK_CODE_VERSION,
  type NetworkEffectsReport,
} from '../domain/network-effects.js';
import { insertAll, replacePartition } from './replace-rows.js';

const marketSql = readStatement(import.meta.url, './sql/network-market.sql');
const cohortsSql = readStatement(import.meta.url, './sql/network-cohorts.sql');
const concentrationSql = readStatement(import.meta.url, './sql/network-concentration.sql');
const reportSql = readStatement(import.meta.url, './sql/network-report.sql');
const latestSql = readStatement(import.meta.url, './sql/network-latest.sql');

const marketRow: z.ZodType<SegmentMonth> = z.object({
  segment: z.string(),
  month: z.number(),
  active: z.number(),
  begun: z.number(),
});

const cohortRow = z
  .object({
    cohort: z.string(),
    observed_days: z.number(),
    days: z.number(),
    matched: z.boolean(),
    entities: z.number(),
  })
  .transform(({ observed_days, ...row }): JoinedEntities => ({ ...row, observedDays: observed_days }));

const concentrationRow = z
  .object({
    period_from: z.string(),
    period_to: z.string(),
    partnerships: z.coerce.number(),
    entities: z.coerce.number(),
    sides: z.coerce.number(),
    squares: z.coerce.number(),
    top_ten: z.coerce.number(),
  })
  .transform(({ period_from, period_to, partnerships, entities, sides, squares, top_ten }): Concentration => {
    const spread =
      sides === 0
        ? { hhi: null, equalEntities: null, topTenShare: null }
        : { hhi: squares / sides ** 2, equalEntities: sides ** 2 / squares, topTenShare: top_ten / sides };
    return { from: period_from, to: period_to, partnerships, entities, ...spread };
  });

const reportRow = z.object({ report: z.string() });

/** The history of the market, and the reports on network effects, in ClickHouse. */
export class ClickHouseNetworkStore implements NetworkStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async history(dayStart: string): Promise<NetworkHistory> {
    const day = { day_start: dayStart };
    return {
      market: await this.clickhouse.rows(marketSql, day, marketRow),
      joined: await this.clickhouse.rows(cohortsSql, day, cohortRow),
      concentration: await this.clickhouse.rows(concentrationSql, day, concentrationRow),
    };
  }

  async reportOf(dayStart: string): Promise<NetworkEffectsReport | null> {
    const params = { day_start: dayStart, code_version: NETWORK_CODE_VERSION };
    return parsed(await this.clickhouse.rows(reportSql, params, reportRow));
  }

  async save(report: NetworkEffectsReport): Promise<number> {
    const day = report.asOf.slice(0, 10).replaceAll('-', '');
    return await replacePartition(this.clickhouse, 'insight_network_effects', day, (target) =>
      insertAll(this.clickhouse, target, [
        {
          as_of: report.asOf,
          method: report.method,
          code_version: report.codeVersion,
          window_from: report.window.from,
          window_to: report.window.to,
          seed: report.seed,
          outcomes: report.n.outcomes,
          entities: report.n.entitiesJoined,
          partnerships: report.n.partnerships,
          warnings: report.warnings,
          report: JSON.stringify(report),
        },
      ]),
    );
  }

  /** The report of the latest day by the code as it is; null before the first. */
  async latest(): Promise<NetworkEffectsReport | null> {
    const params = { code_version: NETWORK_CODE_VERSION };
    return parsed(await this.clickhouse.rows(latestSql, params, reportRow));
  }
}

function parsed([row]: readonly { report: string }[]): NetworkEffectsReport | null {
  return row === undefined ? null : networkEffectsSchema.parse(JSON.parse(row.report));
}
