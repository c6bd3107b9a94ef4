import type { AffinityModel } from '../domain/affinity-model-version.js';
import type { Badge, BadgeEvent, StatedBadge } from '../domain/badges.js';
import type { Benchmark, BenchmarkInput } from '../domain/benchmarks.js';
import type { OutcomeRow } from '../domain/components.js';
import type { Metric } from '../domain/metrics.js';
import type { ExcludedDeals } from '../domain/predictiveness.js';
import type { DealHealth } from '../domain/stall.js';
import type { InsightReport } from './insight-report.js';
import type { PeerRow } from './peer-snapshot.js';
import type { StallEvidence } from './stall-evidence.js';

/** Every `replace`, `publish` and `save` is atomic (readers see the old or the new rows) and returns the rows written. */

/** A deal of the row set with the instant it began, ISO 8601 UTC. */
export type DatedOutcomeRow = OutcomeRow & { startedAt: string };

export interface OutcomeStore {
  /** Derives the row set for an asOf from facts and dimensions; returns the deals looked at. */
  replaceDeals(asOf: string): Promise<number>;
  /** The row set in the order of the deals' ids. */
  rows(): Promise<DatedOutcomeRow[]>;
  excluded(): Promise<ExcludedDeals>;
  saveReport(report: InsightReport): Promise<number>;
}

export interface AffinityModelStore {
  /** The versions this service knows of. */
  stored(): Promise<AffinityModel[]>;
  /** The versions in the graph, where people activate and reject. */
  inGraph(): Promise<AffinityModel[]>;
  /** `evidence` belongs to the version just created; the others keep theirs. */
  replace(
    models: readonly AffinityModel[],
    evidence: { version: number; json: string } | null,
    asOf: string,
  ): Promise<number>;
}

export interface BenchmarkStore {
  /** Every current entity's own figures, per metric. */
  figures(asOf: string): Promise<{ entities: number; byMetric: Record<Metric, BenchmarkInput[]> }>;
  /** Null when nothing was published for the period. */
  snapshot(period: string): Promise<PeerRow[] | null>;
  publish(period: string, rows: readonly PeerRow[], asOf: string): Promise<number>;
  replace(rows: readonly Benchmark[], asOf: string): Promise<number>;
}

export interface BadgeStore {
  current(): Promise<Badge[]>;
  /** What the history says last of the badges whose level it has otherwise; none unless a run was killed. */
  statedAhead(): Promise<StatedBadge[]>;
  /** Adds the events that the history does not hold yet. */
  appendHistory(events: readonly BadgeEvent[]): Promise<number>;
  replace(badges: readonly Badge[], asOf: string): Promise<number>;
}

export interface SuccessStore {
  replaceEntities(asOf: string): Promise<number>;
  replacePairs(asOf: string): Promise<number>;
}

/** An open deal in its current stage visit. Instants in ISO 8601 UTC, money as a decimal string. */
export interface OpenDealRow {
  partnershipId: string;
  tenantId: string;
  stage: string;
  /** How often the deal has entered this stage, at least 1. */
  stageVisit: number;
  enteredStageAt: string;
  dealValue: string;
  currency: string;
  /** Null while the owner has not been extracted. */
  owner: { userId: string; name: string; slackUserId: string | null; timeZone: string } | null;
  partners: [string | null, string | null];
}

export type DealOutcome = 'open' | 'won' | 'lost';

export interface DealStore {
  openDeals(): Promise<OpenDealRow[]>;
  /** Outcome of those of the deals that exist and are not deleted. */
  outcomes(partnershipIds: readonly string[]): Promise<Map<string, DealOutcome>>;
  replaceHealth(rows: readonly (OpenDealRow & DealHealth)[], asOf: string): Promise<number>;
}

export interface StallSignal {
  severity: 'warn' | 'critical';
  evidence: StallEvidence;
}

export interface ClearedStall {
  partnershipId: string;
  /** Null for a deal that was deleted. */
  outcome: DealOutcome | null;
}

export interface StallSignalStore {
  /** Ids of the deals whose signal is active. */
  active(): Promise<string[]>;
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
