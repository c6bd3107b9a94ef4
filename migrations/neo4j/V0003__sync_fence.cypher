// One node per sync, so that its writers queue for one lock and an older one is refused.
CREATE CONSTRAINT insight_sync_fence_sync IF NOT EXISTS FOR (f:InsightSyncFence) REQUIRE f.sync IS UNIQUE;
