import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schema `insights`: what the product reads. Row-level security answers by `insights.tenant_id`; unset means no rows. */
export class Targets1795500000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SCHEMA IF NOT EXISTS insights`);
    await runner.query(`
      CREATE TABLE insights.entity_benchmarks (
        entity_id      uuid NOT NULL,
        metric         text NOT NULL,
        tenant_id      uuid NOT NULL,
        value          double precision,
        n              integer NOT NULL,
        cohort         text,
        cohort_level   text CHECK (cohort_level IN ('industry_tier', 'industry', 'tier', 'platform')),
        cohort_n       integer,
        percentile     double precision CHECK (percentile BETWEEN 0 AND 100),
        p25            double precision,
        p50            double precision,
        p75            double precision,
        ci_low         double precision,
        ci_high        double precision,
        shrunken_value double precision,
        explanation    text NOT NULL,
        reason         text,
        as_of          timestamptz NOT NULL,
        PRIMARY KEY (entity_id, metric)
      )`);
    await runner.query(`
      CREATE TABLE insights.entity_badges (
        entity_id  uuid NOT NULL,
        badge      text NOT NULL,
        tenant_id  uuid NOT NULL,
        level      text NOT NULL CHECK (level IN ('gold', 'silver')),
        awarded_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        evidence   jsonb NOT NULL,
        as_of      timestamptz NOT NULL,
        PRIMARY KEY (entity_id, badge)
      )`);
    await runner.query(`
      CREATE TABLE insights.deal_health (
        partnership_id   uuid PRIMARY KEY,
        tenant_id        uuid NOT NULL,
        owner_user_id    uuid,
        stage            text NOT NULL,
        entered_stage_at timestamptz NOT NULL,
        days_in_stage    integer NOT NULL,
        stage_percentile double precision,
        threshold_days   integer NOT NULL,
        threshold_source text NOT NULL CHECK (threshold_source IN ('statistical', 'pipeline', 'configured')),
        chance_30d       double precision CHECK (chance_30d BETWEEN 0 AND 1),
        severity         text NOT NULL CHECK (severity IN ('ok', 'warn', 'critical')),
        as_of            timestamptz NOT NULL
      )`);
    for (const role of ['insights_reader', 'insights_platform']) {
      // Roles belong to the whole server: another database, or another replica right now, may have made it.
      await runner.query(`
        DO $$ BEGIN
          CREATE ROLE ${role} NOLOGIN NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$`);
      // The API reads as these roles. Since Postgres 16 who creates a role may not yet SET ROLE to it. Where somebody
      // else made the roles, that somebody grants them.
      await runner.query(`
        DO $$ BEGIN
          IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            GRANT ${role} TO CURRENT_USER;
          END IF;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$`);
      await runner.query(`GRANT USAGE ON SCHEMA insights TO ${role}`);
    }
    for (const table of ['entity_benchmarks', 'entity_badges', 'deal_health']) {
      await runner.query(`CREATE INDEX ${table}_tenant ON insights.${table} (tenant_id)`);
      await runner.query(`ALTER TABLE insights.${table} ENABLE ROW LEVEL SECURITY`);
      await runner.query(`ALTER TABLE insights.${table} FORCE ROW LEVEL SECURITY`);
      await runner.query(`GRANT SELECT ON insights.${table} TO insights_reader, insights_platform`);
      await runner.query(`
        CREATE POLICY tenant_reads ON insights.${table} FOR SELECT TO insights_reader
          USING (tenant_id = nullif(current_setting('insights.tenant_id', true), '')::uuid)`);
      await runner.query(
        `CREATE POLICY platform_reads ON insights.${table} FOR SELECT TO insights_platform USING (true)`,
      );
      // FORCE binds the owner too: the service itself writes as the owner.
      await runner.query(
        `CREATE POLICY service_writes ON insights.${table} TO CURRENT_USER USING (true) WITH CHECK (true)`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SCHEMA insights CASCADE`);
  }
}
