import { z } from 'zod';
import { parsePlaceText, placeText } from '../../../src/kernel/page-place.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { readAsTenant } from './read-as-tenant.js';

const pageStatement = readStatement(import.meta.url, './sql/page-deal-health.sql');

export const SEVERITIES = ['critical', 'warn', 'ok'] as const;

/** Where a deal stands in the list: (rank of its severity, -days in its stage, id). */
const place = z.tuple([z.int32(), z.int32(), z.guid()]);
type Place = z.output<typeof place>;

const dealRow = z
  .object({
    partnership_id: z.string(),
    tenant_id: z.string(),
    owner_user_id: z.string().nullable(),
    stage: z.string(),
    entered_stage_at: z.string(),
    days_in_stage: z.number(),
    stage_percentile: z.number().nullable(),
    threshold_days: z.number(),
    threshold_source: z.enum(['statistical', 'pipeline', 'configured']),
    chance_30d: z.number().nullable(),
    severity: z.enum(SEVERITIES),
    as_of: z.string(),
    rank: z.number(),
  })
  .transform((row) => {
    const at: Place = [row.rank, -row.days_in_stage, row.partnership_id];
    return {
      place: at,
      deal: {
        partnershipId: row.partnership_id,
        tenantId: row.tenant_id,
        ownerUserId: row.owner_user_id,
        stage: row.stage,
        enteredStageAt: row.entered_stage_at,
        daysInStage: row.days_in_stage,
        stagePercentile: row.stage_percentile,
        thresholdDays: row.threshold_days,
        thresholdSource: row.threshold_source,
        chance30d: row.chance_30d,
        severity: row.severity,
        asOf: row.as_of,
      },
    };
  });
/** An open deal as the product's table has it. */
export type SyncedDeal = z.output<typeof dealRow>['deal'];

export interface DealFilter {
  severity?: (typeof SEVERITIES)[number] | undefined;
  /** Id of the user who owns the deal. */
  owner?: string | undefined;
  stage?: string | undefined;
  limit: number;
  /** The `next` of the page before. */
  after?: string | undefined;
}

/** The `next` of a page, as `after` takes it; null for a text that no page gave. */
export function parseDealPlace(text: string): Place | null {
  return parsePlaceText(text, place);
}

/** Open deals as a tenant may see them, see `readAsTenant`. */
export class DealHealthPages {
  constructor(private readonly postgres: Postgres) {}

  /** The worst first: by severity, then by days in the stage. `next` is null on the last page. */
  async page(
    { severity, owner, stage, limit, after }: DealFilter,
    tenant: string,
  ): Promise<{ deals: SyncedDeal[]; next: string | null }> {
    const from = after === undefined ? null : parseDealPlace(after);
    const params = [
      severity ?? null,
      owner ?? null,
      stage ?? null,
      ...(from ?? [null, null, null]),
      limit + 1,
    ];
    const rows = await readAsTenant(this.postgres, tenant, (session) =>
      session.query(pageStatement, params, dealRow),
    );
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      deals: page.map(({ deal }) => deal),
      next: last ? placeText(last.place) : null,
    };
  }
}
