import { TREND_CATEGORIES, TREND_LIFECYCLE, TREND_SUBJECTS } from './catalog.js';
import { DAY, HOUR, type Micros } from './format.js';
import { at, Random } from './random.js';
import type { SeedSpec } from './spec.js';

export interface Trend {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly lifecycleStage: string;
  readonly updatedAt: Micros;
}

export interface TrendMetric {
  readonly id: number;
  readonly trend: number;
  /** Ten-thousandths. */
  readonly momentum: number;
  readonly velocity: number;
  readonly signals: number;
  /** Cumulative; the first trend's passes 2^53. */
  readonly engagement: bigint;
  /** Hundredths, -1 to 1. */
  readonly sentiment: number;
  readonly measuredAt: Micros;
}

export const TREND_WEEKS = 104;
const TWO_TO_53 = 9_007_199_254_740_992n;

export function generateTrends(spec: SeedSpec): Trend[] {
  const random = new Random(spec.seed, 'trends');
  return Array.from({ length: spec.sizes.trends }, (_, index) => ({
    id: random.uuid(),
    name: `${at(TREND_SUBJECTS, index % TREND_SUBJECTS.length)} ${Math.floor(index / TREND_SUBJECTS.length) + 1}`,
    category: random.pick(TREND_CATEGORIES),
    lifecycleStage: random.pick(TREND_LIFECYCLE),
    updatedAt: spec.base - Math.floor(random.between(0.5, 700) * DAY),
  }));
}

/** One measurement per trend and week, ids in the order of time. */
export function* generateTrendMetrics(spec: SeedSpec): Generator<TrendMetric> {
  const random = new Random(spec.seed, 'trend_metrics');
  const { trends } = spec.sizes;
  const momentum = Array.from({ length: trends }, () => random.between(0.2, 0.8));
  const engagement = Array.from({ length: trends }, (_, index) =>
    index === 0 ? TWO_TO_53 - 15_000_001n : BigInt(random.int(2_000_000)),
  );
  let id = 1;
  for (let week = TREND_WEEKS; week >= 1; week--) {
    for (let trend = 0; trend < trends; trend++) {
      const before = at(momentum, trend);
      const now = Math.min(0.99, Math.max(0.01, before + 0.04 * random.normal()));
      momentum[trend] = now;
      const signals = 50 + random.int(2000);
      const total = at(engagement, trend) + BigInt(signals * (20 + random.int(500)));
      engagement[trend] = total;
      yield {
        id: id++,
        trend,
        momentum: Math.round(now * 10_000),
        velocity: Math.round((now - before) * 10_000),
        signals,
        engagement: total,
        sentiment: random.int(181) - 80,
        measuredAt: spec.base - week * 7 * DAY + Math.floor(random.between(0, 6) * HOUR),
      };
    }
  }
}
