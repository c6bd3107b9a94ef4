/** The figures that entities are compared on. */
export const METRICS = [
  'success_rate',
  'days_to_signed',
  'deal_value',
  'milestone_completion',
  'response_activity',
] as const;

export type Metric = (typeof METRICS)[number];

export const METRIC_WINDOWS = ['whole_history', 'last_90_days'] as const;

export type MetricWindow = (typeof METRIC_WINDOWS)[number];

export interface MetricDefinition {
  metric: Metric;
  /** What a person calls it, at the start of a sentence. */
  label: string;
  /** What `n` counts. */
  evidence: string;
  /** `rate`: successes / n in 0..1. `median`: of n values. `average_count`: events / n, as many as there are. */
  kind: 'rate' | 'median' | 'average_count';
  unit: 'percent' | 'days' | 'money' | 'per_partnership';
  lowerIsBetter: boolean;
  /** The time that the figure covers. */
  window: MetricWindow;
  /** Below this `n` the entity gets no percentile: its figure is luck. */
  minimumEvidence: number;
}

const definitions: Record<Metric, Omit<MetricDefinition, 'metric'>> = {
  success_rate: {
    label: 'Success rate',
    evidence: 'outcomes',
    kind: 'rate',
    unit: 'percent',
    lowerIsBetter: false,
    window: 'whole_history',
    minimumEvidence: 5,
  },
  days_to_signed: {
    label: 'Median time to signature',
    evidence: 'signed deals',
    kind: 'median',
    unit: 'days',
    lowerIsBetter: true,
    window: 'whole_history',
    minimumEvidence: 5,
  },
  deal_value: {
    label: 'Median value of won deals',
    evidence: 'won deals',
    kind: 'median',
    unit: 'money',
    lowerIsBetter: false,
    window: 'whole_history',
    minimumEvidence: 5,
  },
  milestone_completion: {
    label: 'Milestone completion',
    evidence: 'milestones',
    kind: 'rate',
    unit: 'percent',
    lowerIsBetter: false,
    window: 'whole_history',
    minimumEvidence: 5,
  },
  // An average over open deals in a fixed window, not a share of outcomes: one deal is already a full observation.
  response_activity: {
    label: 'Activity in 90 days per open deal',
    evidence: 'open deals',
    kind: 'average_count',
    unit: 'per_partnership',
    lowerIsBetter: false,
    window: 'last_90_days',
    minimumEvidence: 1,
  },
};

export function metricDefinition(metric: Metric): MetricDefinition {
  return { metric, ...definitions[metric] };
}
