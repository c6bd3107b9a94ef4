import { trendOf } from '../domain/benchmarks-trend.js';
import type { TrendStore } from './ports.js';

export interface FollowTrendsParts {
  trends: TrendStore;
}

/** How every entity's own figures move over the complete months before asOf. */
export async function followTrends(
  { trends }: FollowTrendsParts,
  asOf: string,
): Promise<{ moving: number; rowsIn: number; rowsOut: number }> {
  const series = await trends.series(asOf);
  const found = series.map(trendOf);
  const moving = found.filter(({ direction }) => direction === 'rising' || direction === 'falling').length;
  return { moving, rowsIn: series.length, rowsOut: await trends.replace(found, asOf) };
}
