/** The figures that entities are compared on. */
export const METRICS = [
  'success_rate',
  'days_to_signed',
  'deal_value',
  'milestone_completion',
  'response_activity',
] as const;

export type Metric = (typeof METRICS)[number];

export interface MetricDefinition {
  metric: Metric;
  /** What a person calls it, at the start of a sentence. */
  label: string;
  /** What `n` counts. */
  evidence: string;
  /** A rate is successes / n in 0..1: it has a Wilson interval and a shrunken value. */
  kind: 'rate' | 'amount';
  unit: 'percent' | 'days' | 'money' | 'per_partnership';
  lowerIsBetter: boolean;
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
    minimumEvidence: 5,
  },
  days_to_signed: {
    label: 'Median time to signature',
    evidence: 'signed deals',
    kind: 'amount',
    unit: 'days',
    lowerIsBetter: true,
    minimumEvidence: 5,
  },
  deal_value: {
    label: 'Median value of won deals',
    evidence: 'won deals',
    kind: 'amount',
    unit: 'money',
    lowerIsBetter: false,
    minimumEvidence: 5,
  },
  milestone_completion: {
    label: 'Milestone completion',
    evidence: 'milestones',
    kind: 'rate',
    unit: 'percent',
    lowerIsBetter: false,
    minimumEvidence: 5,
  },
  // An average over open deals in a fixed window, not a share of outcomes: one deal is already a full observation.
  response_activity: {
    label: 'Activity in 90 days per open deal',
    evidence: 'open deals',
    kind: 'amount',
    unit: 'per_partnership',
    lowerIsBetter: false,
    minimumEvidence: 1,
  },
};

export function metricDefinition(metric: Metric): MetricDefinition {
  return { metric, ...definitions[metric] };
}
