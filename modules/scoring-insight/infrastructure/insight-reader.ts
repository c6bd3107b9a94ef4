import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { Graph } from '../../../src/platform/graph/graph.js';
import type { Queryable } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { activeModel, readModels } from '../application/affinity-models.js';
import type { ForecastReport } from '../application/forecast-report.js';
import type { InsightReport } from '../application/insight-report.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import type { Badge } from '../domain/badges.js';
import { missingFigures } from '../domain/missing-figures.js';
import type { ResultVersion } from '../domain/result-versions.js';
import type { NetworkEffectsReport } from '../domain/network-effects.js';
import { AffinityModels } from './affinity-model-store.js';
import { badgeEvidence } from './badge-store.js';
import { type BenchmarkDetails, benchmarkDetails } from './benchmark-details.js';
import {
  type BadgeCount,
  badgeCounts,
  type BenchmarkCoverage,
  benchmarkCoverage,
  type DealCount,
  dealCounts,
} from './insight-overview.js';
import {
  ClickHouseForecastStore,
  type ForecastFilter,
  type ForecastPlace,
  type OpenDealForecast,
} from './forecast-store.js';
import { ClickHouseNetworkStore } from './network-store.js';
import { ClickHouseOutcomeStore } from './outcome-store.js';
import { ClickHouseResultStore } from './result-store.js';
import {
  latestStageTimes,
  latestStallBacktest,
  type StageTimes,
  type StoredBacktest,
} from './stall-reports.js';

const topBadgesSql = readStatement(import.meta.url, './sql/top-badges.sql');
const dealHealthSql = readStatement(import.meta.url, './sql/deal-health.sql');
const dealDetailsSql = readStatement(import.meta.url, './sql/deal-health-details.sql');
const stallsSql = readStatement(import.meta.url, './sql/active-stalls.sql');

const topBadgeRow = z
  .object({
    entity_id: z.string(),
    entity_name: z.string(),
    tenant_id: z.string(),
    badge: z.string(),
    level: z.enum(['gold', 'silver']),
    awarded_at: z.string(),
    expires_at: z.string(),
    evidence: badgeEvidence,
  })
  .transform((row): Badge & { entityName: string } => ({
    entityId: row.entity_id,
    entityName: row.entity_name,
    tenantId: row.tenant_id,
    badge: row.badge,
    level: row.level,
    awardedAt: row.awarded_at,
    expiresAt: row.expires_at,
    evidence: row.evidence,
  }));

const stalledDealRow = z
  .object({
    severity: z.enum(['warn', 'critical']),
    evidence: z.object({
      partnershipId: z.string(),
      tenantId: z.string(),
      stage: z.string(),
      enteredStageAt: z.string(),
      daysInStage: z.number(),
      thresholdDays: z.number(),
      dealValue: z.string(),
      currency: z.string(),
      ownerName: z.string().nullable(),
      partners: z.tuple([z.string().nullable(), z.string().nullable()]),
    }),
  })
  .transform(({ severity, evidence }) => ({ severity, ...evidence }));

const dealHealthRow = z
  .object({
    partnership_id: z.string(),
    stage: z.string(),
    partnership_type: z.string(),
    entered_stage_at: z.string(),
    days_in_stage: z.number(),
    stage_percentile: z.number().nullable(),
    threshold_days: z.number(),
    critical_days: z.number(),
    threshold_source: z.enum(['statistical', 'pipeline', 'configured']),
    chance_30d: z.number().nullable(),
    chance_at_entry: z.number().nullable(),
    expected_loss: z.string().nullable(),
    currency: z.string(),
    peer_level: z.string().nullable(),
    severity: z.enum(['ok', 'warn', 'critical']),
    as_of: z.string(),
  })
  .transform((row) => ({
    partnershipId: row.partnership_id,
    stage: row.stage,
    partnershipType: row.partnership_type,
    enteredStageAt: row.entered_stage_at,
    daysInStage: row.days_in_stage,
    stagePercentile: row.stage_percentile,
    thresholdDays: row.threshold_days,
    criticalDays: row.critical_days,
    thresholdSource: row.threshold_source,
    chance30d: row.chance_30d,
    chanceAtEntry: row.chance_at_entry,
    expectedLoss: row.expected_loss,
    currency: row.currency,
    peerLevel: row.peer_level,
    severity: row.severity,
    asOf: row.as_of,
  }))
  .transform((deal) => ({ ...deal, reasons: missingFigures(deal) }));

const dealDetailsRow = z
  .object({
    partnership_id: z.string(),
    stage: z.string(),
    days_in_stage: z.number(),
    critical_days: z.number(),
    chance_at_entry: z.number().nullable(),
    expected_loss: z.string().nullable(),
    currency: z.string(),
    partnership_type: z.string(),
    peer_level: z.string().nullable(),
  })
  .transform((row) => ({
    partnershipId: row.partnership_id,
    stage: row.stage,
    daysInStage: row.days_in_stage,
    criticalDays: row.critical_days,
    chanceAtEntry: row.chance_at_entry,
    expectedLoss: row.expected_loss,
    currency: row.currency,
    partnershipType: row.partnership_type,
    peerLevel: row.peer_level,
  }));

/** What stands in ClickHouse alone of an open deal, with the stage and days that it belongs to. */
export type DealDetails = z.infer<typeof dealDetailsRow>;

/** An open deal beside its peers; see docs/stalls.md for each figure. */
export type OpenDealHealth = z.infer<typeof dealHealthRow>;

export type StalledDeal = z.infer<typeof stalledDealRow>;

/** What the insight step last concluded, for people. */
export class InsightReader {
  private readonly outcomes: ClickHouseOutcomeStore;
  private readonly models: AffinityModels;

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly postgres: Queryable,
    graph: Graph,
  ) {
    this.outcomes = new ClickHouseOutcomeStore(clickhouse);
    this.models = new AffinityModels(clickhouse, graph);
  }

  /** The report of the latest asOf; null before the first run. */
  async latestPredictiveness(): Promise<InsightReport | null> {
    return await this.outcomes.latestReport();
  }

  /** The report of the latest day; null before the first run. */
  async latestNetworkEffects(): Promise<NetworkEffectsReport | null> {
    return await new ClickHouseNetworkStore(this.clickhouse).latest();
  }

  /** The forecast of the latest run; null before the first. */
  async latestForecast(): Promise<ForecastReport | null> {
    return await new ClickHouseForecastStore(this.clickhouse).latest();
  }

  /** Open deals with their chances of success, those that bring most first. Callers give the tenant of who asks. */
  async dealForecasts(
    filter: ForecastFilter,
  ): Promise<{ deals: OpenDealForecast[]; next: ForecastPlace | null }> {
    return await new ClickHouseForecastStore(this.clickhouse).deals(filter);
  }

  /** Everything known of an entity's figures, whoever asks: callers check first that it is theirs. Empty when unknown. */
  async entityBenchmarks(entityId: string): Promise<BenchmarkDetails[]> {
    return await benchmarkDetails(this.clickhouse, entityId);
  }

  /** Current badges with the names of their holders: gold first, then by percentile. */
  async topBadges(limit: number): Promise<(Badge & { entityName: string })[]> {
    return await this.clickhouse.rows(topBadgesSql, { limit }, topBadgeRow);
  }

  /** Open deals beside their peers, the worst first; only the stalled ones unless `all`. */
  async dealHealth({ all, limit }: { all: boolean; limit: number }): Promise<OpenDealHealth[]> {
    const severities = all ? ['critical', 'warn', 'ok'] : ['critical', 'warn'];
    return await this.clickhouse.rows(dealHealthSql, { severities, limit }, dealHealthRow);
  }

  /** What else is known of open deals, whoever asks: callers check first that they are theirs. */
  async dealDetails(partnershipIds: readonly string[]): Promise<DealDetails[]> {
    if (partnershipIds.length === 0) return [];
    return await this.clickhouse.rows(dealDetailsSql, { partnership_ids: partnershipIds }, dealDetailsRow);
  }

  /** How, when and from what the tables were computed that do not say it themselves; empty before the first run. */
  async resultVersions(): Promise<ResultVersion[]> {
    return await new ClickHouseResultStore(this.clickhouse).stored();
  }

  /** Open deals counted by severity; empty without any. */
  async dealCounts(): Promise<DealCount[]> {
    return await dealCounts(this.clickhouse);
  }

  /** Time in stage of the latest day; null before the first run. */
  async latestStageTimes(): Promise<StageTimes | null> {
    return await latestStageTimes(this.clickhouse);
  }

  /** The replay of stall alerts that was kept last; null before the first. */
  async latestBacktest(): Promise<StoredBacktest | null> {
    return await latestStallBacktest(this.clickhouse);
  }

  /** Of how many entities each metric is known; empty before the first run. */
  async benchmarkCoverage(): Promise<BenchmarkCoverage[]> {
    return await benchmarkCoverage(this.clickhouse);
  }

  /** How many entities hold which badge. */
  async badgeCounts(): Promise<BadgeCount[]> {
    return await badgeCounts(this.clickhouse);
  }

  /** Deals that are stalled now, the longest first. */
  async stalledDeals(limit: number): Promise<StalledDeal[]> {
    return await this.postgres.query(stallsSql, [limit], stalledDealRow);
  }

  /** The weights in force and those on offer. `reason` says why the last run offered none; null when it did. */
  async affinityModel(): Promise<{
    active: AffinityModel | null;
    suggested: AffinityModel | null;
    reason: string | null;
  }> {
    const { known: models } = await readModels(this.models);
    const report = await this.outcomes.latestReport();
    return {
      active: activeModel(models),
      suggested: models.findLast((model) => model.status === 'suggested') ?? null,
      reason: report?.weights.reason ?? null,
    };
  }
}
