/** How many of everything, from the number of activity events: 100 M events go with 1 M partnerships and 10 M affinity snapshots. */
export interface Scale {
  activities: number;
  affinities: number;
  deals: number;
  entities: number;
  users: number;
  tenants: number;
  trends: number;
  trendMetrics: number;
  alignments: number;
}

export function scaleOf(rows: number): Scale {
  const part = (divisor: number, least: number): number => Math.max(least, Math.round(rows / divisor));
  const tenants = part(50_000, 5);
  const entities = part(1_000, 60);
  return {
    activities: rows,
    affinities: part(10, 100),
    deals: part(100, 100),
    entities,
    tenants,
    users: 25 * tenants,
    trends: part(50_000, 20),
    trendMetrics: part(20, 100),
    alignments: 5 * entities,
  };
}

/** How much of it an increment brings. */
export const INCREMENT_SHARE = 0.001;

/** Disk that a run needs at its peak, in GB: raw, facts, the copy that is built beside, merges in progress. */
export const diskNeededGb = (rows: number): number => 1 + (rows / 1e6) * 0.35;
