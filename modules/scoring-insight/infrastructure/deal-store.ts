import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { DealOutcome, DealStore, OpenDealRow } from '../application/ports.js';
import type { DealHealth } from '../domain/stall.js';
import { insertAll, replaceTable } from './replace-rows.js';

const openDealsSql = readStatement(import.meta.url, './sql/open-deals.sql');
const outcomesSql = readStatement(import.meta.url, './sql/deal-outcomes.sql');

const openDealRow = z
  .object({
    partnership_id: z.string(),
    tenant_id: z.string(),
    stage: z.string(),
    stage_visit: z.number(),
    entered_stage_at: z.string(),
    partnership_type: z.string(),
    entered_day: z.number(),
    today: z.number(),
    zone_is_unknown: z.boolean(),
    deal_value: z.string(),
    currency: z.string(),
    owner_user_id: z.string().nullable(),
    owner_name: z.string().nullable(),
    owner_slack_user_id: z.string().nullable(),
    owner_time_zone: z.string().nullable(),
    partner1_name: z.string().nullable(),
    partner2_name: z.string().nullable(),
  })
  .transform((row): OpenDealRow => ({
    partnershipId: row.partnership_id,
    tenantId: row.tenant_id,
    stage: row.stage,
    stageVisit: row.stage_visit,
    enteredStageAt: row.entered_stage_at,
    partnershipType: row.partnership_type,
    enteredDay: row.entered_day,
    today: row.today,
    zoneIsUnknown: row.zone_is_unknown,
    dealValue: row.deal_value,
    currency: row.currency,
    owner:
      row.owner_user_id === null
        ? null
        : {
            userId: row.owner_user_id,
            name: row.owner_name ?? '',
            slackUserId: row.owner_slack_user_id,
            timeZone: row.owner_time_zone ?? '',
          },
    partners: [row.partner1_name, row.partner2_name],
  }));

const outcomeRow = z.object({ partnership_id: z.string(), outcome: z.enum(['open', 'won', 'lost']) });

/** Parameters travel in the URL, of which the server takes 1 MiB; an id is some 45 bytes of it. */
const IDS_PER_QUERY = 5_000;

/** Open deals and their health, in ClickHouse. */
export class ClickHouseDealStore implements DealStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async openDeals(asOf: string): Promise<OpenDealRow[]> {
    return await this.clickhouse.rows(openDealsSql, { as_of: asOf }, openDealRow);
  }

  async outcomes(partnershipIds: readonly string[]): Promise<Map<string, DealOutcome>> {
    const outcomes = new Map<string, DealOutcome>();
    for (let from = 0; from < partnershipIds.length; from += IDS_PER_QUERY) {
      const partnership_ids = partnershipIds.slice(from, from + IDS_PER_QUERY);
      const rows = await this.clickhouse.rows(outcomesSql, { partnership_ids }, outcomeRow);
      for (const row of rows) outcomes.set(row.partnership_id, row.outcome);
    }
    return outcomes;
  }

  async replaceHealth(rows: readonly (OpenDealRow & DealHealth)[], asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_deal_health', (target) =>
      insertAll(
        this.clickhouse,
        target,
        rows.map((row) => ({
          partnership_id: row.partnershipId,
          tenant_id: row.tenantId,
          owner_user_id: row.owner?.userId ?? null,
          stage: row.stage,
          stage_visit: row.stageVisit,
          entered_stage_at: row.enteredStageAt,
          days_in_stage: row.daysInStage,
          stage_percentile: row.stagePercentile,
          threshold_days: row.thresholdDays,
          threshold_source: row.thresholdSource,
          chance_30d: row.chance30d,
          severity: row.severity,
          partnership_type: row.partnershipType,
          critical_days: row.criticalDays,
          chance_at_entry: row.chanceAtEntry,
          expected_loss: row.expectedLoss,
          currency: row.currency,
          peer_level: row.peerLevel,
          as_of: asOf,
        })),
      ),
    );
  }
}
