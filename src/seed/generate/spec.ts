import { AppError } from '../../kernel/errors.js';
import { DAY, type Micros } from './format.js';

/** Everything the generator depends on. Instants count from `base`, the first instant of the UTC day of asOf. */
export interface SeedSpec {
  readonly seed: number;
  readonly scale: number;
  readonly base: Micros;
  readonly sizes: SeedSizes;
}

export interface SeedSizes {
  readonly tenants: number;
  readonly users: number;
  /** Entities without the planted rejects; partnerships likewise. */
  readonly entities: number;
  readonly partnerships: number;
  readonly openPartnerships: number;
  readonly stalled: number;
  readonly topPerformers: number;
  readonly poorPerformers: number;
  readonly affinityScores: number;
  readonly userActivity: number;
  readonly trends: number;
  readonly graphAffinities: number;
}

export const HISTORY_DAYS = 730;

/**
 * The specification for a seed number, a day and a scale (1 is the demo; rows grow in proportion).
 * The same three values give the same rows; only the UTC day of `asOf` counts.
 * Throws AppError configuration `seed_options_invalid`.
 */
export function seedSpec(options: { seed: number; asOf: Date; scale: number }): SeedSpec {
  const { seed, asOf, scale } = options;
  if (!Number.isSafeInteger(seed)) throw invalid('seed must be a whole number');
  if (!(scale >= 0.02 && scale <= 10)) throw invalid('scale must be between 0.02 and 10');
  const base = Math.floor((asOf.getTime() * 1000) / DAY) * DAY;
  if (!Number.isSafeInteger(base)) throw invalid('as-of must be an instant');
  return { seed, scale, base, sizes: seedSizes(scale) };
}

function seedSizes(scale: number): SeedSizes {
  const of = (full: number, least: number): number => Math.max(least, Math.round(full * scale));
  const tenants = of(220, 12);
  const partnerships = of(12_000, 240);
  const openPartnerships = Math.round(partnerships * 0.24);
  return {
    tenants,
    users: of(640, tenants * 2),
    entities: of(2_200, 100),
    partnerships,
    openPartnerships,
    stalled: Math.max(4, Math.round(openPartnerships * 0.03)),
    topPerformers: of(12, 2),
    poorPerformers: of(6, 1),
    affinityScores: of(300_000, 6_000),
    userActivity: of(500_000, 10_000),
    trends: of(60, 20),
    graphAffinities: of(20_000, 500),
  };
}

function invalid(message: string): AppError {
  return new AppError({ class: 'configuration', source: 'seed', code: 'seed_options_invalid', message });
}
