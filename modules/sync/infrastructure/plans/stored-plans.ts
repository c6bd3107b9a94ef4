import { z } from 'zod';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { PlanRow, PlanStore, StoredPlan } from '../../application/ports.js';

const statement = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  save: statement('save_plan'),
  find: statement('find_plan'),
  claim: statement('claim_plan'),
  settle: statement('settle_plan'),
  rows: statement('plan_rows'),
};

const planRow = z
  .object({
    id: z.string(),
    sync: z.string(),
    status: z.enum(['ready', 'applying', 'applied', 'refused']),
    mapping_hash: z.string(),
    changes_hash: z.string(),
    target_hash: z.string(),
    selection: z.object({
      full: z.boolean().optional(),
      limit: z.number().optional(),
      keys: z.array(z.array(z.string())).optional(),
      fromRun: z.string().optional(),
      rejected: z.object({ code: z.string().optional() }).optional(),
    }),
    counts: z.record(z.string(), z.unknown()),
    created_by: z.string(),
    created_at: z.string(),
  })
  .transform((row) => ({
    id: row.id,
    sync: row.sync,
    status: row.status,
    mappingHash: row.mapping_hash,
    changesHash: row.changes_hash,
    targetHash: row.target_hash,
    selection: row.selection as StoredPlan['selection'],
    counts: row.counts,
    createdBy: row.created_by,
    createdAt: row.created_at,
  }));

const texts = z.record(z.string(), z.string().nullable());
const keptRow = z.object({
  op: z.string(),
  action: z.string(),
  reason: z.string(),
  record_key: z.array(z.string()),
  before: z.string().nullable(),
  after: texts,
});

/** insights_ops.sync_plans, and their rows in the warehouse. */
export class StoredPlans implements PlanStore {
  constructor(
    private readonly postgres: Postgres,
    private readonly clickhouse: ClickHouse,
  ) {}

  async save(plan: StoredPlan): Promise<void> {
    await this.postgres.execute(sql.save, [
      plan.id,
      plan.sync,
      plan.mappingHash,
      plan.changesHash,
      plan.targetHash,
      JSON.stringify(plan.selection),
      JSON.stringify(plan.counts),
      plan.createdBy,
      plan.createdAt,
    ]);
  }

  async find(id: string): Promise<StoredPlan | null> {
    const [plan] = await this.postgres.query(sql.find, [id], planRow);
    return plan ?? null;
  }

  async claim(id: string, by: string, now: string): Promise<StoredPlan | null> {
    const [plan] = await this.postgres.query(sql.claim, [id, by, now], planRow);
    return plan ?? null;
  }

  async settle(id: string, status: 'applied' | 'refused' | 'ready'): Promise<void> {
    await this.postgres.execute(sql.settle, [id, status]);
  }

  async rows(id: string, { limit }: { limit: number }): Promise<PlanRow[]> {
    const rows = await this.clickhouse.rows(sql.rows, { plan_id: id, limit }, keptRow);
    return rows.map(({ op, action, reason, record_key: key, before, after }) => {
      const present = before === null ? null : texts.parse(JSON.parse(before));
      // Where the present values are known, only what differs is a change.
      const names = Object.keys(
        op === 'update' && present !== null ? present : op === 'delete' ? (present ?? {}) : after,
      );
      return {
        op,
        action,
        reason,
        key,
        fields: names.map((field) => ({
          field,
          before: present?.[field] ?? null,
          after: op === 'delete' ? null : (after[field] ?? null),
        })),
      };
    });
  }
}
