-- What partnerships, their events and milestones are generated from; dropped when they are.
CREATE TABLE bench_deals (
  n UInt64, id UUID, tenant_id UUID, entity1_id UUID, entity2_id UUID, owner_user_id UUID, created_at DateTime64(6, 'UTC'),
  stages Array(LowCardinality(String)), times Array(DateTime64(6, 'UTC'))
) ENGINE = MergeTree ORDER BY n
