import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Syncs with a life of their own: who may write, what is paused, held, planned and limited. */
export class Syncs1795500000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A sync also runs by itself, on its schedule or by request: run_id is then its own.
    await runner.query(`ALTER TABLE insights_ops.sync_runs DROP CONSTRAINT sync_runs_run_id_fkey`);
    await runner.query(`ALTER TABLE insights_ops.sync_runs DROP CONSTRAINT sync_runs_status_check`);
    await runner.query(`
      ALTER TABLE insights_ops.sync_runs
        ADD CONSTRAINT sync_runs_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped')),
        ADD COLUMN trigger       text NOT NULL DEFAULT 'pipeline',
        ADD COLUMN requested_by  text NOT NULL DEFAULT '',
        -- what was asked for (full, limit, keys ...), so that a worker can take it from the queue
        ADD COLUMN request       jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN created_at    timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN started_at    timestamptz,
        ADD COLUMN finished_at   timestamptz,
        ADD COLUMN plan_id       uuid,
        -- milliseconds by phase: stage, write, confirm ...
        ADD COLUMN timings       jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN error_class   text,
        ADD COLUMN error_code    text,
        ADD COLUMN error_message text,
        ADD COLUMN cancel_requested_at timestamptz,
        ADD COLUMN cancelled_by  text`);
    await runner.query(`CREATE INDEX sync_runs_name ON insights_ops.sync_runs (name, created_at DESC)`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_leases (
        sync       text PRIMARY KEY,
        -- larger with every new holder: the fencing token
        token      bigint NOT NULL,
        run_id     uuid,
        -- null: nobody holds it
        expires_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_controls (
        sync      text PRIMARY KEY,
        paused_at timestamptz,
        paused_by text,
        -- cron and zone as last seen, and up to when its times were looked at: another schedule begins now, not in the past
        schedule  text,
        ticked_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_holds (
        sync         text PRIMARY KEY,
        run_id       uuid NOT NULL,
        -- what the run would have done when it was held; a release covers so much and no more
        mapping_hash text NOT NULL,
        creates      bigint NOT NULL,
        updates      bigint NOT NULL,
        deletes      bigint NOT NULL,
        reason       text NOT NULL,
        held_at      timestamptz NOT NULL,
        state        text NOT NULL CHECK (state IN ('held', 'released', 'rejected')),
        decided_by   text,
        decided_at   timestamptz
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_plans (
        id           uuid PRIMARY KEY,
        sync         text NOT NULL,
        status       text NOT NULL CHECK (status IN ('ready', 'applying', 'applied', 'refused')),
        mapping_hash text NOT NULL,
        -- fingerprints of the model's difference and of the target's present rows: apply refuses when either moved
        changes_hash text NOT NULL,
        target_hash  text NOT NULL,
        selection    jsonb NOT NULL,
        counts       jsonb NOT NULL,
        created_by   text NOT NULL,
        created_at   timestamptz NOT NULL,
        decided_by   text,
        decided_at   timestamptz
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_rate_limits (
        account text PRIMARY KEY,
        -- when the account has room for the next unit
        next_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_slots (
        sync     text NOT NULL,
        -- local wall clock of the schedule's zone: an hour that comes twice has one slot
        slot     text NOT NULL,
        run_id   uuid NOT NULL,
        taken_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sync, slot)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'sync_slots',
      'sync_rate_limits',
      'sync_plans',
      'sync_holds',
      'sync_controls',
      'sync_leases',
    ]) {
      await runner.query(`DROP TABLE insights_ops.${table}`);
    }
    await runner.query(`DROP INDEX insights_ops.sync_runs_name`);
    await runner.query(
      `DELETE FROM insights_ops.sync_runs WHERE run_id NOT IN (SELECT id FROM insights_ops.pipeline_runs)`,
    );
    await runner.query(`DELETE FROM insights_ops.sync_runs WHERE status IN ('queued', 'running')`);
    await runner.query(`
      ALTER TABLE insights_ops.sync_runs
        DROP CONSTRAINT sync_runs_status_check,
        ADD CONSTRAINT sync_runs_status_check CHECK (status IN ('succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped')),
        ADD CONSTRAINT sync_runs_run_id_fkey FOREIGN KEY (run_id) REFERENCES insights_ops.pipeline_runs ON DELETE CASCADE,
        DROP COLUMN trigger, DROP COLUMN requested_by, DROP COLUMN request, DROP COLUMN created_at, DROP COLUMN started_at,
        DROP COLUMN finished_at, DROP COLUMN plan_id, DROP COLUMN timings, DROP COLUMN error_class, DROP COLUMN error_code,
        DROP COLUMN error_message, DROP COLUMN cancel_requested_at, DROP COLUMN cancelled_by`);
  }
}
