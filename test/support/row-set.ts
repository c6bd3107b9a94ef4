import { COMPONENTS, type OutcomeRow } from '../../modules/scoring-insight/domain/components.js';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { idOf } from '../factories/insight-world.js';

/** A deal as the row set's own table has it; entities go by their names, scores may be missing. */
export type RowSetDeal = Pick<OutcomeRow, 'entity1Id' | 'entity2Id' | 'success'> &
  Partial<OutcomeRow> & {
    startedAt: string;
    /** Why it is not in the row set; absent: it is. */
    excluded?: string;
  };

/** Replaces the deals of the row set, which are known by their places in the list. */
export async function loadRowSet(clickhouse: ClickHouse, deals: readonly RowSetDeal[]): Promise<void> {
  await clickhouse.command('TRUNCATE TABLE insight_predictiveness_deals');
  await clickhouse.insertRows(
    'insight_predictiveness_deals',
    deals.map((deal, at) => ({
      partnership_id: idOf('deal', String(at)),
      entity1_id: idOf('entity', deal.entity1Id),
      entity2_id: idOf('entity', deal.entity2Id),
      started_at: deal.startedAt,
      excluded: deal.excluded ?? '',
      is_successful: deal.success,
      success_score: deal.successScore?.toFixed(2) ?? null,
      affinity_id: at,
      computed_at: deal.startedAt,
      ...Object.fromEntries(
        COMPONENTS.map((component) => [component, deal.scores?.[component]?.toFixed(4) ?? null]),
      ),
      confidence: deal.confidence?.toFixed(4) ?? null,
      as_of: '2026-06-30T00:00:00Z',
    })),
  );
}
