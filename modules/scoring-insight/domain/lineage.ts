/** One part of the insight step: what it reads and what it writes. */
interface InsightPart {
  name: InsightPartName;
  /** Tables of the star schema. */
  reads: readonly string[];
  /** Parts whose result it goes on from. */
  after: readonly InsightPartName[];
  /** insight_* tables. */
  writes: readonly string[];
  /** Its statements in infrastructure/sql/, by which a test proves the two lists above. */
  statements: readonly string[];
}

export type InsightPartName =
  | 'predictiveness'
  | 'benchmarks'
  | 'badges'
  | 'benchmark_trends'
  | 'entity_success'
  | 'pair_success'
  | 'network_effects'
  | 'deal_health'
  | 'forecast';

/** The parts of the insight step in the order they run. */
export const INSIGHT_PARTS: readonly InsightPart[] = [
  {
    name: 'predictiveness',
    reads: ['dim_entity', 'fact_affinity_scores', 'fact_deal_events', 'fact_partnerships'],
    after: [],
    writes: ['insight_predictiveness', 'insight_predictiveness_deals', 'insight_affinity_models'],
    statements: [
      'predictiveness-deals',
      'predictiveness-rows',
      'predictiveness-aged',
      'predictiveness-counts',
      'predictiveness-scored-later',
      'predictiveness-sums',
      'score-distribution',
      'score-spread',
      'categories-levels',
      'predictiveness-other-reports',
      'affinity-models',
      'rank-churn',
    ],
  },
  {
    name: 'benchmarks',
    reads: ['dim_entity', 'fact_partnerships', 'fact_user_activity'],
    after: [],
    writes: ['insight_entity_benchmarks', 'insight_benchmark_snapshots'],
    statements: [
      'entity-figures',
      'benchmark-snapshot',
      'benchmark-panels',
      'benchmark-rosters',
      'last-benchmark-snapshot',
    ],
  },
  {
    name: 'badges',
    reads: [],
    after: ['benchmarks'],
    writes: ['insight_entity_badges', 'insight_badge_history'],
    statements: ['current-badges', 'badge-history-ahead', 'badge-history-missing', 'lowest-percentiles'],
  },
  {
    name: 'benchmark_trends',
    reads: ['dim_entity', 'fact_deal_events', 'fact_partnerships', 'fact_user_activity'],
    after: [],
    writes: ['insight_entity_trends'],
    statements: ['entity-trend-points'],
  },
  {
    name: 'entity_success',
    reads: [],
    after: ['benchmarks'],
    writes: ['insight_entity_success'],
    statements: ['entity-success'],
  },
  {
    name: 'pair_success',
    reads: ['dim_entity', 'fact_deal_events', 'fact_partnerships'],
    after: [],
    writes: ['insight_pair_success'],
    statements: ['pair-success'],
  },
  {
    name: 'network_effects',
    reads: ['dim_entity', 'fact_deal_events', 'fact_partnerships'],
    after: ['predictiveness'],
    writes: ['insight_network_effects'],
    statements: ['network-market', 'network-cohorts', 'network-concentration', 'network-report'],
  },
  {
    name: 'deal_health',
    reads: ['dim_deal_stage', 'dim_entity', 'dim_user', 'fact_deal_events', 'fact_partnerships'],
    after: [],
    writes: ['insight_deal_health', 'insight_stage_visits', 'insight_stage_time'],
    statements: [
      'open-deals',
      'deal-outcomes',
      'stage-visits',
      'stage-visit-days',
      'stage-durations',
      'stage-thresholds',
      'stalled-signals',
      'active-stall-subjects',
    ],
  },
  {
    name: 'forecast',
    reads: ['dim_entity', 'fact_affinity_scores', 'fact_partnerships', 'fact_user_activity'],
    after: ['predictiveness', 'deal_health'],
    writes: ['insight_forecasts', 'insight_deal_forecasts'],
    statements: ['forecast-snapshots', 'forecast-open-deals', 'forecast-of-day'],
  },
];

/** A part that was not computed: its tables are those of the run before. */
export interface LeftOut {
  part: InsightPartName;
  tables: readonly string[];
  reason: string;
}

/**
 * The parts that must wait because a model they read, directly or through another part, is blocked.
 * @param blocked model to the cause, a sentence
 */
export function leftOutBy(blocked: ReadonlyMap<string, string>): LeftOut[] {
  const left = new Map<InsightPartName, LeftOut>();
  for (const { name: part, reads, after, writes } of INSIGHT_PARTS) {
    const causes = [
      ...reads.flatMap((model) => blocked.get(model) ?? []),
      ...after.flatMap((earlier) => left.get(earlier)?.reason ?? []),
    ];
    if (causes.length === 0) continue;
    left.set(part, { part, tables: writes, reason: [...new Set(causes)].join('; ') });
  }
  return [...left.values()];
}
