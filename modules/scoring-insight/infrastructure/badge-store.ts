import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { BadgeStore } from '../application/ports.js';
import type { Badge, BadgeEvent, StatedBadge } from '../domain/badges.js';
import { type Metric, METRICS } from '../domain/metrics.js';
import { insertAll, replaceTable, withTableBeside } from './replace-rows.js';

const currentSql = readStatement(import.meta.url, './sql/current-badges.sql');
const aheadSql = readStatement(import.meta.url, './sql/badge-history-ahead.sql');
const lowestSql = readStatement(import.meta.url, './sql/lowest-percentiles.sql');
const missingSql = readStatement(import.meta.url, './sql/badge-history-missing.sql');

export const badgeEvidence = z.string().transform((text, context) => {
  const parsed = z
    .object({
      metric: z.enum(METRICS),
      value: z.number().nullable(),
      n: z.number(),
      percentile: z.number().nullable(),
      // Evidence of badges that were given before these figures were kept lacks them.
      topPercent: z.number().nullable().default(null),
      floorPercentile: z.number().nullable().default(null),
      cohort: z.string().nullable(),
      cohortN: z.number().nullable(),
      snapshotN: z.number().nullable().default(null),
    })
    .safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is no badge evidence' });
  return z.NEVER;
});

const badgeRow = z
  .object({
    entity_id: z.string(),
    badge: z.string(),
    tenant_id: z.string(),
    level: z.enum(['gold', 'silver']),
    awarded_at: z.string(),
    expires_at: z.string(),
    evidence: badgeEvidence,
  })
  .transform((row): Badge => ({
    entityId: row.entity_id,
    badge: row.badge,
    tenantId: row.tenant_id,
    level: row.level,
    awardedAt: row.awarded_at,
    expiresAt: row.expires_at,
    evidence: row.evidence,
  }));

const statedRow = z
  .object({
    entity_id: z.string(),
    badge: z.string(),
    tenant_id: z.string(),
    level: z.enum(['gold', 'silver']).nullable(),
    awarded_at: z.string(),
    happened_at: z.string(),
    evidence: badgeEvidence,
  })
  .transform((row): StatedBadge => ({
    entityId: row.entity_id,
    badge: row.badge,
    tenantId: row.tenant_id,
    level: row.level,
    awardedAt: row.awarded_at,
    at: row.happened_at,
    evidence: row.evidence,
  }));

const lowestRow = z.object({ entity_id: z.string(), lowest: z.number() });

/** Badges held and how they came and went, in ClickHouse. */
export class ClickHouseBadgeStore implements BadgeStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async current(): Promise<Badge[]> {
    return await this.clickhouse.rows(currentSql, {}, badgeRow);
  }

  async statedAhead(): Promise<StatedBadge[]> {
    return await this.clickhouse.rows(aheadSql, {}, statedRow);
  }

  async lowestPercentiles(metric: Metric, days: number, asOf: string): Promise<Map<string, number>> {
    const rows = await this.clickhouse.rows(lowestSql, { metric, days, as_of: asOf }, lowestRow);
    return new Map(rows.map(({ entity_id, lowest }) => [entity_id, lowest]));
  }

  async appendHistory(events: readonly BadgeEvent[]): Promise<number> {
    if (events.length === 0) return 0;
    return await withTableBeside(this.clickhouse, 'insight_badge_history', async (source) => {
      await insertAll(
        this.clickhouse,
        source,
        events.map((event) => ({
          entity_id: event.entityId,
          badge: event.badge,
          tenant_id: event.tenantId,
          event: event.event,
          from_level: event.fromLevel,
          to_level: event.toLevel,
          happened_at: event.at,
          evidence: JSON.stringify(event.evidence),
        })),
      );
      const { written } = await this.clickhouse.command(missingSql, { source });
      return written;
    });
  }

  async replace(badges: readonly Badge[], asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_entity_badges', (target) =>
      insertAll(
        this.clickhouse,
        target,
        badges.map((badge) => ({
          entity_id: badge.entityId,
          badge: badge.badge,
          tenant_id: badge.tenantId,
          level: badge.level,
          awarded_at: badge.awardedAt,
          expires_at: badge.expiresAt,
          evidence: JSON.stringify(badge.evidence),
          as_of: asOf,
        })),
      ),
    );
  }
}
