import type { Decision, ModelChange } from '../domain/affinity-model-decision.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import type { Badge, BadgeEvent, StatedBadge } from '../domain/badges.js';
import type { Benchmark, BenchmarkInput } from '../domain/benchmarks.js';
import type { Evidence } from '../domain/benchmarks-shrinkage.js';
import type { EntityTrend, MonthlySeries } from '../domain/benchmarks-trend.js';
import type { CategoricalPredictor, CategoryCounts } from '../domain/categories.js';
import type { EarlierPanels } from '../domain/cohorts.js';
import type { OutcomeRow, Weights } from '../domain/components.js';
import type { Metric } from '../domain/metrics.js';
import type { BacktestResult, PastVisit } from '../domain/backtest.js';
import type { WorkingDays } from '../domain/business-days.js';
import type { ScoreDistribution } from '../domain/drift.js';
import type { DealForecast, Forecast } from '../domain/forecast.js';
import type { DealState, PastDeal } from '../domain/forecast-deals.js';
import type { ScoresAtTwoTimes } from '../domain/leak-age.js';
import type { JoinedEntities } from '../domain/network-cohorts.js';
import type { SegmentMonth } from '../domain/network-density.js';
import type { Concentration, NetworkEffectsReport } from '../domain/network-effects.js';
import type { DealCounts } from '../domain/predictiveness.js';
import type { Segmentation, SegmentSums } from '../domain/segments.js';
import type { ResultVersion } from '../domain/result-versions.js';
import type { ScoredPairs } from '../domain/selection.js';
import type { StageStay } from '../domain/stage-time.js';
import type { DealHealth, OpenDeal } from '../domain/stall.js';
import type { GroupThreshold, ReviewedGroup } from '../domain/thresholds.js';
import type { ForecastReport } from './forecast-report.js';
import type { InsightReport } from './insight-report.js';
import type { PeerRow, PeerSnapshot } from './peer-snapshot.js';
import type { StallEvidence } from './stall-evidence.js';

/** Every `replace`, `publish` and `save` is atomic (readers see the old or the new rows) and returns the rows written. */

/** A deal of the row set with the instant it began, ISO 8601 UTC. */
export type DatedOutcomeRow = OutcomeRow & { startedAt: string };

export type RowSetCounts = DealCounts & {
  /** Start of the earliest deal of the row set, ISO 8601 UTC; null when there is none. */
  from: string | null;
};

export interface OutcomeStore {
  /** Derives the row set for an asOf from facts and dimensions; returns the deals looked at. */
  replaceDeals(asOf: string): Promise<number>;
  counts(): Promise<RowSetCounts>;
  /**
   * What the measures of each score come from, by each of the segmentations, null for all deals together. By industry and
   * tier a deal counts in the segment of each of its partners; a segment without deals is missing, and so is a score that
   * none of its deals has.
   * @param perMyriad of 10,000 deals so many are looked at, always the same ones (default all)
   */
  sums(segmentations: readonly (Segmentation | null)[], perMyriad?: number): Promise<SegmentSums[]>;
  /** The scores of the row set by the quarter in which a deal began. */
  scoreDistributions(): Promise<ScoreDistribution[]>;
  /** The latest score of every pair up to an instant. */
  scoredPairs(asOf: string): Promise<ScoredPairs>;
  /** The deals by category, the largest first; categories too small for a test are pooled, see `LEAST_EXPECTED`. */
  categories(predictor: CategoricalPredictor): Promise<CategoryCounts[]>;
  /** Deals of the row set that began by an instant, in the order of their ids; always the same ones where they are too many. */
  sample(begunBy: string, deals: number): Promise<DatedOutcomeRow[]>;
  /** The scores of deals as they count and as they were known a month before the start; always the same deals where they are too many. */
  agedScores(deals: number): Promise<ScoresAtTwoTimes[]>;
  saveReport(report: InsightReport): Promise<number>;
}

export interface AffinityModelStore {
  /** The versions this service knows of. */
  stored(): Promise<AffinityModel[]>;
  /** The versions in the graph, where people may change them as well. */
  inGraph(): Promise<AffinityModel[]>;
  /** What people's decisions through this service made of versions, in the order of the decisions. */
  decided(): Promise<ModelChange[]>;
  /** `evidence` belongs to the version just created; the others keep theirs. */
  replace(
    models: readonly AffinityModel[],
    evidence: { version: number; json: string } | null,
    asOf: string,
  ): Promise<number>;
  /** How the best matches of the latest scores would change with other weights. */
  rankChurn(from: Weights, to: Weights, asOf: string): Promise<RankChurn>;
}

/** Changes among the best matches of the entities that have more scored partners than `top`. */
export interface RankChurn {
  top: number;
  entities: number;
  /** Mean share of an entity's best matches that others replace, 0..1; null without entities. */
  share: number | null;
  /** Entities with at least one match replaced. */
  entitiesChanged: number;
}

/** A decision as it is kept: who, when and why. */
export interface RecordedDecision {
  decision: Decision;
  version: number;
  by: string;
  reason: string;
  /** ISO 8601 UTC. */
  at: string;
}

export interface ModelDecisionStore extends Pick<AffinityModelStore, 'stored' | 'inGraph' | 'decided'> {
  /** In the order in which they were taken. */
  decisions(): Promise<RecordedDecision[]>;
  /** What a version was suggested on; null when this service did not suggest it. */
  evidence(version: number): Promise<Record<string, unknown> | null>;
  /** Keeps a decision with what it changes: all of it or nothing. */
  append(decision: Omit<RecordedDecision, 'at'> & { changes: readonly ModelChange[] }): Promise<void>;
  /**
   * Calls `work` while no other process decides. The lock may be lost on the way: `stillAlone` fails (transient) where it
   * is, and is to be asked right before anything is kept.
   */
  exclusively<T>(work: (stillAlone: () => Promise<void>) => Promise<T>): Promise<T>;
}

export interface BenchmarkStore {
  /** Every current entity's own figures, per metric. */
  figures(asOf: string): Promise<{ entities: number; byMetric: Record<Metric, BenchmarkInput[]> }>;
  /** Null when nothing was published for the period. */
  snapshot(period: string): Promise<PeerRow[] | null>;
  /** What was published last in the time up to asOf; empty when nothing was. */
  lastSnapshot(asOf: string): Promise<PeerRow[]>;
  /** Whom the figures of all stored snapshots rest on, before asOf or after it; empty before the first. */
  earlierPanels(): Promise<ReadonlyMap<Metric, EarlierPanels<Evidence>>>;
  publish(period: string, snapshot: PeerSnapshot, asOf: string): Promise<number>;
  replace(rows: readonly Benchmark[], asOf: string): Promise<number>;
}

export interface TrendStore {
  /** Of every current entity and metric: its figures of the 24 complete months before asOf. */
  series(asOf: string): Promise<MonthlySeries[]>;
  replace(trends: readonly EntityTrend[], asOf: string): Promise<number>;
}

export interface BadgeStore {
  current(): Promise<Badge[]>;
  /** What the history says last of the badges whose level it has otherwise; none unless a run was killed. */
  statedAhead(): Promise<StatedBadge[]>;
  /** Of each entity with a percentile in the snapshots published in the days up to asOf: the lowest. */
  lowestPercentiles(metric: Metric, days: number, asOf: string): Promise<Map<string, number>>;
  /** Adds the events that the history does not hold yet. */
  appendHistory(events: readonly BadgeEvent[]): Promise<number>;
  replace(badges: readonly Badge[], asOf: string): Promise<number>;
}

/** What the market was like up to a day. */
export interface NetworkHistory {
  market: SegmentMonth[];
  joined: JoinedEntities[];
  /** The latest year first. */
  concentration: Concentration[];
}

export interface NetworkStore {
  /** Up to the beginning of a day, ISO 8601 UTC. */
  history(dayStart: string): Promise<NetworkHistory>;
  /** The report of a day by the code as it is; null when there is none. */
  reportOf(dayStart: string): Promise<NetworkEffectsReport | null>;
  /** In the place of the day's. */
  save(report: NetworkEffectsReport): Promise<number>;
}

/** What the tables of each part stand on; a part that was never computed is missing. */
export interface ResultStore {
  stored(): Promise<ResultVersion[]>;
  replace(versions: readonly ResultVersion[]): Promise<number>;
}

export interface SuccessStore {
  replaceEntities(asOf: string): Promise<number>;
  replacePairs(asOf: string): Promise<number>;
}

/** An open deal in its current stage visit. Instants in ISO 8601 UTC, money as a decimal string. */
export interface OpenDealRow extends OpenDeal {
  partnershipId: string;
  tenantId: string;
  /** How often the deal has entered this stage, at least 1. */
  stageVisit: number;
  enteredStageAt: string;
  /** The owner's zone is none that is known here: the deal's days are those of UTC. */
  zoneIsUnknown: boolean;
  currency: string;
  /** Null while the owner has not been extracted. */
  owner: { userId: string; name: string; slackUserId: string | null; timeZone: string } | null;
  partners: [string | null, string | null];
}

export type DealOutcome = 'open' | 'won' | 'lost';

export interface DealStore {
  openDeals(asOf: string): Promise<OpenDealRow[]>;
  /** Outcome of those of the deals that exist and are not deleted. */
  outcomes(partnershipIds: readonly string[]): Promise<Map<string, DealOutcome>>;
  replaceHealth(rows: readonly (OpenDealRow & DealHealth)[], asOf: string): Promise<number>;
}

export interface StageTimeStore {
  /** Derives the visits to open stages from the facts, as they looked at an instant. */
  replaceVisits(asOf: string): Promise<number>;
  /** The first and last day of the visits; null without any. */
  visitDays(): Promise<{ first: number; last: number } | null>;
  /** What was seen of the visits from `windowDay` on. */
  stays(windowDay: number, calendar: WorkingDays): Promise<StageStay[]>;
  /** The thresholds of the latest day up to an instant. */
  inForce(asOf: string): Promise<ReviewedGroup[]>;
  /** Replaces those of the day of `asOf`. */
  save(
    rows: readonly GroupThreshold[],
    window: { fromDay: number; toDay: number },
    asOf: string,
  ): Promise<number>;
  pastVisits(): Promise<PastVisit[]>;
  saveBacktest(result: BacktestResult, asOf: string): Promise<number>;
}

/** An open deal as forecasts look at it; money as decimal strings. */
export interface OpenDealState extends DealState {
  partnershipId: string;
  tenantId: string;
  dealValue: string;
  currency: string;
  /** In the reporting currency; null without an exchange rate. */
  valueReporting: string | null;
}

/** An open deal with what it will bring, as it is kept. */
export interface ForecastRow extends OpenDealState, DealForecast {
  /** Chance times value, a decimal string; null without both. */
  expectedValue: string | null;
}

export interface ForecastStore {
  /** Past deals that were open on days of the snapshot grid, of at most `deals` candidates: always the same ones. */
  pastDeals(of: {
    fromDay: number;
    toDay: number;
    deals: number;
  }): Promise<{ deals: PastDeal[]; candidates: number }>;
  /** The open deals of deal health, as of the beginning of the day. */
  openDeals(asOf: string): Promise<OpenDealState[]>;
  /** What was learnt on the day of an instant; null when nothing was, or by other code. */
  learntOn(asOf: string): Promise<Forecast | null>;
  /** In the place of the day's. */
  saveReport(report: ForecastReport): Promise<number>;
  replaceDeals(rows: readonly ForecastRow[], of: { asOf: string; modelDay: string }): Promise<number>;
}

export interface StallSignal {
  severity: 'warn' | 'critical';
  evidence: StallEvidence;
}

export interface ClearedStall {
  partnershipId: string;
  /** Null for a deal that was deleted, or is still in that visit and no longer stalled: the threshold has moved. */
  outcome: DealOutcome | null;
}

/** The stage visit that an active signal tells of. */
export interface ActiveStall {
  partnershipId: string;
  stage: string;
  stageVisit: number;
}

export interface StallSignalStore {
  active(): Promise<ActiveStall[]>;
  /** One statement. Returns the rows written; an unchanged signal is none. */
  update(
    raised: readonly StallSignal[],
    cleared: readonly ClearedStall[],
    asOf: string,
  ): Promise<{ raised: number; cleared: number }>;
}

export interface HolidayCalendar {
  /** Public holidays of whole years as yyyy-mm-dd, both years included. */
  between(fromYear: number, toYear: number): ReadonlySet<string>;
}
