// For the embedded engine, whose constraints make no index; beside the constraint it does nothing on Neo4j.
CREATE INDEX insight_sync_fence_sync_index IF NOT EXISTS FOR (f:InsightSyncFence) ON (f.sync);
