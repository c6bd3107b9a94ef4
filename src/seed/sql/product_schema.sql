-- The product's tables as this pipeline reads them: schema `product`, the source contract. Safe to run twice.
-- Only columns without NOT NULL may be null. Child tables have no foreign key to partnerships: events and milestones
-- may arrive before their deal.
CREATE SCHEMA IF NOT EXISTS product;

CREATE TABLE IF NOT EXISTS product.tenants (
  id   uuid PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE IF NOT EXISTS product.users (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES product.tenants,
  email         text NOT NULL,
  full_name     text NOT NULL,
  slack_user_id text,
  time_zone     text NOT NULL,
  manager_id    uuid REFERENCES product.users
);

CREATE TABLE IF NOT EXISTS product.entities (
  id           uuid PRIMARY KEY,
  tenant_id    uuid NOT NULL REFERENCES product.tenants,
  entity_type  text NOT NULL,
  name         text NOT NULL,
  industry     text NOT NULL,
  founded_year integer,
  location     text,
  tier         text NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  deleted_at   timestamptz
);

CREATE TABLE IF NOT EXISTS product.partnerships (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES product.tenants,
  entity1_id       uuid NOT NULL REFERENCES product.entities,
  entity2_id       uuid NOT NULL REFERENCES product.entities,
  owner_user_id    uuid NOT NULL REFERENCES product.users,
  partnership_type text NOT NULL,
  stage            text NOT NULL,
  deal_value       numeric(12,2) NOT NULL,
  currency         text NOT NULL,
  success_score    numeric(3,2),
  start_date       date,
  end_date         date,
  signed_at        timestamptz,
  activated_at     timestamptz,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  deleted_at       timestamptz
);

CREATE TABLE IF NOT EXISTS product.deal_events (
  id              bigint PRIMARY KEY,
  partnership_id  uuid NOT NULL,
  from_stage      text,
  to_stage        text NOT NULL,
  actor_entity_id uuid,
  occurred_at     timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS product.milestones (
  id             uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  completed      boolean NOT NULL,
  completed_at   timestamptz,
  due_date       date,
  updated_at     timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS product.affinity_scores (
  id                  bigint PRIMARY KEY,
  entity1_id          uuid NOT NULL,
  entity2_id          uuid NOT NULL,
  affinity_score      numeric(5,2) NOT NULL,
  semantic            numeric(5,4) NOT NULL,
  goal_alignment      numeric(5,4) NOT NULL,
  cultural_momentum   numeric(5,4) NOT NULL,
  historical          numeric(5,4) NOT NULL,
  authenticity        numeric(5,4) NOT NULL,
  confidence          numeric(5,4) NOT NULL,
  recommendation_tier text NOT NULL,
  computed_at         timestamptz NOT NULL,
  ingested_at         timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS product.trends (
  id              uuid PRIMARY KEY,
  name            text NOT NULL,
  category        text NOT NULL,
  lifecycle_stage text NOT NULL,
  updated_at      timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS product.trend_metrics (
  id               bigint PRIMARY KEY,
  trend_id         uuid NOT NULL,
  momentum_score   numeric(5,4) NOT NULL,
  velocity         numeric(5,4) NOT NULL,
  signal_count     integer NOT NULL,
  engagement_total bigint NOT NULL,
  sentiment_avg    numeric(3,2) NOT NULL,
  measured_at      timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS product.user_activity (
  id               bigint PRIMARY KEY,
  user_id          uuid NOT NULL,
  activity_type    text NOT NULL,
  target_entity_id uuid,
  partnership_id   uuid,
  occurred_at      timestamptz NOT NULL
);
