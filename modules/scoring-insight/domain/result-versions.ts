import { INSIGHT_PARTS, type InsightPartName } from './lineage.js';

/**
 * How the parts compute whose tables do not say it themselves; nothing in them is random. Raise a version when the same
 * rows would give other figures.
 */
const METHODS = {
  predictiveness: { method: 'auc_delong_dyadic, ridge_logistic_weights', codeVersion: '1' },
  benchmarks: { method: 'hazen_within_cohorts, empirical_bayes', codeVersion: '1' },
  badges: { method: 'percentile_with_hysteresis', codeVersion: '1' },
  benchmark_trends: { method: 'mann_kendall, theil_sen', codeVersion: '1' },
  entity_success: { method: 'share_of_outcomes, wilson', codeVersion: '1' },
  pair_success: { method: 'share_of_outcomes', codeVersion: '1' },
} as const satisfies Partial<Record<InsightPartName, { method: string; codeVersion: string }>>;

export type VersionedPart = keyof typeof METHODS;

/** What a part was computed from. */
export interface PartResult {
  part: VersionedPart;
  /** Deals, entities or pairs looked at. */
  n: number;
  /** ISO 8601 instants; `from` is null where all that is known counts. Absent: all up to asOf. */
  window?: { from: string | null; to: string };
  warnings?: readonly string[];
}

/** What the tables of a part stand on now. */
export interface ResultVersion {
  part: string;
  tables: readonly string[];
  method: string;
  codeVersion: string;
  window: { from: string | null; to: string };
  seed: number | null;
  n: number;
  warnings: readonly string[];
  asOf: string;
}

/**
 * The versions after a run: those of the parts that were computed, and the earlier ones of those that were left out.
 * @param earlier as they are stored
 */
export function resultVersions(
  computed: readonly PartResult[],
  earlier: readonly ResultVersion[],
  asOf: string,
): ResultVersion[] {
  const fresh = computed.map(({ part, n, window, warnings }): ResultVersion => ({
    part,
    tables: INSIGHT_PARTS.find(({ name }) => name === part)?.writes ?? [],
    ...METHODS[part],
    window: window ?? { from: null, to: asOf },
    seed: null,
    n,
    warnings: warnings ?? [],
    asOf,
  }));
  const kept = earlier.filter(({ part }) => !fresh.some((each) => each.part === part));
  return [...fresh, ...kept].sort((a, b) => (a.part < b.part ? -1 : 1));
}
