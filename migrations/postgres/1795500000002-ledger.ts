import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schema `insights_ops`: the service's own ledger. */
export class Ledger1795500000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SCHEMA IF NOT EXISTS insights_ops`);
    await runner.query(`
      CREATE TABLE insights_ops.pipeline_runs (
        id            uuid PRIMARY KEY,
        trigger       text NOT NULL CHECK (trigger IN ('manual', 'api', 'schedule', 'cdc')),
        status        text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'held', 'cancelled')),
        as_of         timestamptz NOT NULL,
        -- how often it was claimed; the fencing token of whoever executes it
        attempt       integer NOT NULL DEFAULT 0,
        requested_by  text,
        -- Start of the interval a scheduled run stands for: two replicas that tick at once insert one row.
        schedule_slot timestamptz UNIQUE,
        created_at    timestamptz NOT NULL DEFAULT now(),
        started_at    timestamptz,
        finished_at   timestamptz,
        error_class   text,
        error_code    text,
        error_message text,
        alerts        jsonb NOT NULL DEFAULT '{}'
      )`);
    await runner.query(`CREATE INDEX pipeline_runs_created ON insights_ops.pipeline_runs (created_at DESC)`);
    await runner.query(`
      CREATE TABLE insights_ops.pipeline_steps (
        run_id        uuid NOT NULL REFERENCES insights_ops.pipeline_runs ON DELETE CASCADE,
        name          text NOT NULL CHECK (name IN ('extract', 'model', 'insight', 'sync', 'alert')),
        position      smallint NOT NULL,
        status        text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped')),
        started_at    timestamptz,
        finished_at   timestamptz,
        rows_in       bigint NOT NULL DEFAULT 0,
        rows_out      bigint NOT NULL DEFAULT 0,
        rejected      bigint NOT NULL DEFAULT 0,
        error_class   text,
        error_code    text,
        error_message text,
        detail        jsonb NOT NULL DEFAULT '{}',
        PRIMARY KEY (run_id, name)
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.sync_runs (
        run_id    uuid NOT NULL REFERENCES insights_ops.pipeline_runs ON DELETE CASCADE,
        name      text NOT NULL,
        target    text NOT NULL,
        status    text NOT NULL CHECK (status IN ('succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped')),
        inserted  bigint NOT NULL DEFAULT 0,
        updated   bigint NOT NULL DEFAULT 0,
        deleted   bigint NOT NULL DEFAULT 0,
        unchanged bigint NOT NULL DEFAULT 0,
        failed    bigint NOT NULL DEFAULT 0,
        held      bigint NOT NULL DEFAULT 0,
        reason    text,
        PRIMARY KEY (run_id, name)
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.signals (
        kind       text NOT NULL,
        subject    text NOT NULL,
        severity   text NOT NULL CHECK (severity IN ('info', 'warn', 'critical')),
        state      text NOT NULL CHECK (state IN ('active', 'cleared')),
        since      timestamptz NOT NULL,
        evidence   jsonb NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (kind, subject)
      )`);
    await runner.query(`
      CREATE TABLE insights_ops.alert_incidents (
        id          uuid PRIMARY KEY,
        -- hash of (rule, subject, stage visit): one incident for one stage visit, for ever
        fingerprint text NOT NULL UNIQUE,
        rule        text NOT NULL,
        subject     text NOT NULL,
        severity    text NOT NULL CHECK (severity IN ('info', 'warn', 'critical')),
        state       text NOT NULL CHECK (state IN ('firing', 'acknowledged', 'snoozed', 'resolved')),
        opened_at   timestamptz NOT NULL,
        changed_at  timestamptz NOT NULL,
        resolved_at timestamptz,
        resolution  text,
        evidence    jsonb NOT NULL
      )`);
    await runner.query(
      `CREATE INDEX alert_incidents_open ON insights_ops.alert_incidents (rule, subject) WHERE state <> 'resolved'`,
    );
    await runner.query(`
      CREATE TABLE insights_ops.alert_outbox (
        id          uuid PRIMARY KEY,
        -- null for a digest, whose incidents are listed in the payload
        incident_id uuid REFERENCES insights_ops.alert_incidents,
        transition  text NOT NULL,
        channel     text NOT NULL,
        -- what makes the message one: incident or digest, transition, channel
        dedup_key   text NOT NULL UNIQUE,
        status      text NOT NULL CHECK (status IN ('pending', 'sending', 'sent', 'stored', 'unknown', 'failed')),
        payload     jsonb NOT NULL,
        -- how often it was claimed; the fencing token of whoever holds it
        attempts    integer NOT NULL DEFAULT 0,
        first_attempt_at timestamptz,
        -- pending: not before; sending: end of the lease
        next_attempt_at timestamptz,
        sent_at     timestamptz,
        slack_ts    text,
        error_class text,
        error_code  text,
        created_at  timestamptz NOT NULL
      )`);
    await runner.query(
      `CREATE INDEX alert_outbox_due ON insights_ops.alert_outbox (next_attempt_at) WHERE status IN ('pending', 'sending')`,
    );
    await runner.query(`CREATE INDEX alert_outbox_channel ON insights_ops.alert_outbox (channel, sent_at)`);
    // Whether a rule has run before: its first run on existing data sends one digest an owner instead of a storm.
    await runner.query(
      `CREATE TABLE insights_ops.alert_rules (rule text PRIMARY KEY, first_run_at timestamptz NOT NULL)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'alert_rules',
      'alert_outbox',
      'alert_incidents',
      'signals',
      'sync_runs',
      'pipeline_steps',
      'pipeline_runs',
    ]) {
      await runner.query(`DROP TABLE insights_ops.${table}`);
    }
  }
}
