import { assignCohorts, type Cohort, type CohortLevel, type CohortMember } from './cohorts.js';
import { type Metric, type MetricDefinition, metricDefinition } from './metrics.js';
import { type BetaPrior, fitBetaBinomial, posteriorMean } from './stats/beta-binomial.js';
import { hazenPercentile, hazenQuantile } from './stats/hazen.js';
import { significantDigits } from './stats/significant-digits.js';
import { wilsonInterval } from './stats/wilson.js';

/** An entity's own figure of one metric. */
export interface BenchmarkInput extends CohortMember {
  entityId: string;
  /** What the figure rests on (outcomes, signed deals, ...). */
  n: number;
  /** Of a rate: how many of the n succeeded, a whole number. Unused otherwise. */
  successes?: number;
}

export type WithheldReason = 'no_value' | 'too_little_evidence' | 'cohort_too_small' | 'not_in_snapshot';

/** What an entity may know of its peers; from a snapshot, unlike its own figures. */
export interface PeerFigures {
  /** 'entity_type|industry|tier', * for a dropped level. */
  cohort: string | null;
  cohortLevel: CohortLevel | null;
  /** Entities with a value, the entity's own included. */
  cohortN: number | null;
  /** 0..100, high is good whatever the metric. */
  percentile: number | null;
  /** Quartiles of the cohort to two significant digits, low to high also where low is better. */
  p25: number | null;
  p50: number | null;
  p75: number | null;
  /** Of a rate: the entity's rate drawn towards its cohort's by as much as its evidence is thin. */
  shrunkenValue: number | null;
}

export interface Benchmark extends PeerFigures {
  entityId: string;
  tenantId: string;
  metric: Metric;
  value: number | null;
  n: number;
  /**
   * 95% interval of the entity's own figure: Wilson for rates, null for the others. (A median's distribution-free
   * interval needs every value behind it, which the store does not send.)
   */
  ciLow: number | null;
  ciHigh: number | null;
  explanation: string;
  /** Why the percentile is withheld; null when it is there. */
  reason: WithheldReason | null;
}

/**
 * Compares every entity with its peers on one metric, in O(n log n) for n entities.
 *
 * Peers: the narrowest cohort of the ladder industry and tier, industry, tier, platform that has ten entities with a
 * value from ten tenants. Percentile: Hazen's, flipped where low is better. Shrunken rate: posterior mean under a beta
 * prior fitted to the cohort. An entity with less than the metric's minimum evidence sees its peers, but no percentile.
 */
export function benchmark(entities: readonly BenchmarkInput[], metric: Metric): Benchmark[] {
  const definition = metricDefinition(metric);
  const cohortOf = assignCohorts(entities);
  const summaries = new Map<Peers, CohortSummary>();
  const summaryOf = (cohort: Peers): CohortSummary => {
    const known = summaries.get(cohort);
    if (known) return known;
    const summary = summarise(cohort, definition);
    summaries.set(cohort, summary);
    return summary;
  };
  return entities.map((entity) => {
    const { entityId, tenantId, value, n } = entity;
    const cohort = cohortOf(entity);
    const reason = withheldReason(entity, cohort, definition);
    const peers =
      cohort === null ? NO_PEERS : peerFigures(entity, cohort, summaryOf(cohort), definition, reason);
    const interval = intervalOf(entity, definition);
    // Field by field: spreading three objects per entity takes most of the time of a large run.
    return explained({
      entityId,
      tenantId,
      metric,
      value,
      n,
      ciLow: interval?.low ?? null,
      ciHigh: interval?.high ?? null,
      cohort: peers.cohort,
      cohortLevel: peers.cohortLevel,
      cohortN: peers.cohortN,
      percentile: peers.percentile,
      p25: peers.p25,
      p50: peers.p50,
      p75: peers.p75,
      shrunkenValue: peers.shrunkenValue,
      explanation: '',
      reason,
    });
  });
}

function explained(row: Benchmark): Benchmark {
  row.explanation = explain(row);
  return row;
}

type Peers = Cohort<BenchmarkInput>;

const NO_PEERS: PeerFigures = {
  cohort: null,
  cohortLevel: null,
  cohortN: null,
  percentile: null,
  p25: null,
  p50: null,
  p75: null,
  shrunkenValue: null,
};

interface CohortSummary {
  ascending: number[];
  p25: number;
  p50: number;
  p75: number;
  prior: BetaPrior | null;
}

function summarise(cohort: Peers, definition: MetricDefinition): CohortSummary {
  const ascending = cohort.members
    .flatMap(({ value }) => (value === null ? [] : [value]))
    .sort((a, b) => a - b);
  const quartile = (p: number): number => significantDigits(hazenQuantile(ascending, p), 2);
  const fit =
    definition.kind === 'rate'
      ? fitBetaBinomial(cohort.members.map(({ n, successes }) => ({ successes: successes ?? 0, trials: n })))
      : null;
  return {
    ascending,
    p25: quartile(0.25),
    p50: quartile(0.5),
    p75: quartile(0.75),
    prior: fit?.status === 'fitted' ? fit.prior : null,
  };
}

function withheldReason(
  entity: BenchmarkInput,
  cohort: Peers | null,
  definition: MetricDefinition,
): WithheldReason | null {
  if (entity.value === null) return 'no_value';
  if (cohort === null) return 'cohort_too_small';
  return entity.n < definition.minimumEvidence ? 'too_little_evidence' : null;
}

function peerFigures(
  entity: BenchmarkInput,
  cohort: Peers,
  summary: CohortSummary,
  definition: MetricDefinition,
  reason: WithheldReason | null,
): PeerFigures {
  const { value, n, successes } = entity;
  return {
    cohort: cohort.name,
    cohortLevel: cohort.level,
    cohortN: cohort.members.length,
    percentile:
      value === null || reason !== null
        ? null
        : hazenPercentile(summary.ascending, value, definition.lowerIsBetter),
    p25: summary.p25,
    p50: summary.p50,
    p75: summary.p75,
    shrunkenValue:
      summary.prior === null || value === null || successes === undefined
        ? null
        : posteriorMean(summary.prior, { successes, trials: n }),
  };
}

function intervalOf(
  { n, successes, value }: BenchmarkInput,
  definition: MetricDefinition,
): { low: number; high: number } | null {
  const isKnownRate = definition.kind === 'rate' && value !== null && successes !== undefined;
  return isKnownRate ? wilsonInterval(successes, n) : null;
}

/**
 * An entity's live figures beside what an earlier run published of its peers.
 * @param published null for an entity that came after the snapshot
 */
export function withSnapshot(
  live: Benchmark,
  published: (PeerFigures & Pick<Benchmark, 'reason'>) | null,
): Benchmark {
  const peers: PeerFigures = published ?? NO_PEERS;
  const hadValue = published !== null && published.reason !== 'no_value';
  const reason = live.value === null ? 'no_value' : hadValue ? published.reason : 'not_in_snapshot';
  return explained({
    ...live,
    cohort: peers.cohort,
    cohortLevel: peers.cohortLevel,
    cohortN: peers.cohortN,
    percentile: reason === null ? peers.percentile : null,
    p25: peers.p25,
    p50: peers.p50,
    p75: peers.p75,
    shrunkenValue: live.value === null ? null : peers.shrunkenValue,
    reason,
  });
}

/** One sentence for a person: the figure, what it rests on, and where it stands or why that is withheld. */
function explain(row: Benchmark): string {
  const definition = metricDefinition(row.metric);
  if (row.value === null) return `${definition.label}: no ${definition.evidence} yet.`;
  const own = `${definition.label} ${format(row.value, definition)} over ${row.n} ${definition.evidence}`;
  if (row.reason === 'not_in_snapshot')
    return `${own}; the comparison follows with the next snapshot of peers.`;
  if (row.cohort === null || row.p50 === null) {
    return `${own}; too few peers for a comparison (at least 10 entities of 10 organisations are needed).`;
  }
  const peers = `${row.cohortN} entities (${describeCohort(row.cohort)}), whose median is ${format(row.p50, definition)}`;
  return row.percentile === null
    ? `${own}; a percentile needs at least ${definition.minimumEvidence}, compare with ${peers}.`
    : `${own}, percentile ${Math.floor(row.percentile)} among ${peers}.`;
}

function describeCohort(cohort: string): string {
  return cohort
    .split('|')
    .filter((part) => part !== '*')
    .join(', ');
}

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function format(value: number, definition: MetricDefinition): string {
  switch (definition.unit) {
    case 'percent':
      return `${significantDigits(value * 100, 2)}%`;
    case 'days':
      return `${significantDigits(value, 3)} days`;
    case 'money':
      return wholeNumber.format(significantDigits(value, 2));
    case 'per_partnership':
      return String(significantDigits(value, 2));
  }
}
