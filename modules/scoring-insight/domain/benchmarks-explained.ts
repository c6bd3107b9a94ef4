import { type Metric, type MetricDefinition, metricDefinition } from './metrics.js';
import { significantDigits } from './stats/significant-digits.js';

/** What the sentence tells of a benchmark. */
interface Figures {
  metric: Metric;
  value: number | null;
  n: number;
  cohort: string | null;
  cohortN: number | null;
  percentile: number | null;
  p50: number | null;
  topPercent: number | null;
  reason: string | null;
}

/** One sentence for a person: the figure, what it rests on, and where it stands or why that is withheld. */
export function explain(row: Figures): string {
  const definition = metricDefinition(row.metric);
  if (row.value === null) return `${definition.label}: no ${definition.evidence} yet.`;
  const own = `${definition.label} ${format(row.value, definition)} over ${row.n} ${definition.evidence}`;
  const isLate = row.reason === 'not_in_snapshot';
  if (row.cohort === null || row.p50 === null) {
    if (isLate) return `${own}; the comparison follows with the next snapshot of peers.`;
    return `${own}; too few peers for a comparison (at least 10 entities of 10 organisations are needed).`;
  }
  const peers = `${row.cohortN} entities (${describeCohort(row.cohort)}), whose median is ${format(row.p50, definition)}`;
  if (row.percentile !== null)
    return `${own}, percentile ${Math.floor(row.percentile)}${top(row)} among ${peers}.`;
  return isLate
    ? `${own}; a percentile follows with the next snapshot of peers, compare with ${peers}.`
    : `${own}; a percentile needs at least ${definition.minimumEvidence}, compare with ${peers}.`;
}

/** Rounded up, so that the claim is literally true; said to the better half only. */
function top({ topPercent }: Pick<Figures, 'topPercent'>): string {
  return topPercent === null || topPercent > 50 ? '' : ` (in the top ${Math.ceil(topPercent)}%)`;
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
