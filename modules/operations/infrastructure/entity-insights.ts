import { z } from 'zod';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { readAsTenant } from './read-as-tenant.js';

const selectBenchmarks = readStatement(import.meta.url, './sql/select-benchmarks.sql');
const selectBadges = readStatement(import.meta.url, './sql/select-badges.sql');
const entityIsKnown = readStatement(import.meta.url, './sql/entity-is-known.sql');

const figure = z.number().nullable();
const benchmarkRow = z
  .object({
    metric: z.string(),
    value: figure,
    n: z.number(),
    cohort: z.string().nullable(),
    cohort_level: z.string().nullable(),
    cohort_n: figure,
    percentile: figure,
    p25: figure,
    p50: figure,
    p75: figure,
    ci_low: figure,
    ci_high: figure,
    shrunken_value: figure,
    explanation: z.string(),
    reason: z.string().nullable(),
    as_of: z.string(),
  })
  .transform(({ cohort_level, cohort_n, ci_low, ci_high, shrunken_value, as_of, ...same }) => ({
    ...same,
    cohortLevel: cohort_level,
    cohortN: cohort_n,
    ciLow: ci_low,
    ciHigh: ci_high,
    shrunkenValue: shrunken_value,
    asOf: as_of,
  }));
const badgeRow = z
  .object({
    badge: z.string(),
    level: z.string(),
    awarded_at: z.string(),
    expires_at: z.string(),
    evidence: z.unknown(),
    as_of: z.string(),
  })
  .transform(({ awarded_at, expires_at, as_of, ...same }) => ({
    ...same,
    awardedAt: awarded_at,
    expiresAt: expires_at,
    asOf: as_of,
  }));

export type Benchmark = z.output<typeof benchmarkRow>;
export type Badge = z.output<typeof badgeRow>;

/**
 * Benchmarks and badges of an entity as a tenant may see them (`*`: all tenants). The guard is Postgres's row-level
 * security: an entity of another tenant is unknown (null), exactly like one that does not exist.
 */
export class EntityInsights {
  constructor(private readonly postgres: Postgres) {}

  async benchmarks(entityId: string, tenant: string): Promise<Benchmark[] | null> {
    return this.readAs(tenant, entityId, selectBenchmarks, benchmarkRow);
  }

  async badges(entityId: string, tenant: string): Promise<Badge[] | null> {
    return this.readAs(tenant, entityId, selectBadges, badgeRow);
  }

  private async readAs<T>(
    tenant: string,
    entityId: string,
    sql: string,
    schema: z.ZodType<T>,
  ): Promise<T[] | null> {
    return await readAsTenant(this.postgres, tenant, async (session) => {
      const rows = await session.query(sql, [entityId], schema);
      if (rows.length > 0) return rows;
      const [entity] = await session.query(entityIsKnown, [entityId], z.object({ known: z.boolean() }));
      return entity?.known === true ? [] : null;
    });
  }
}
