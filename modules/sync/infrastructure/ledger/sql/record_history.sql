-- One line of history. Grain: sync and attempt. Parameters: named and typed as the columns.
INSERT INTO sync_runs (run_id, sync, target, status, inserted, updated, deleted, unchanged, failed, held, reason, started_at, finished_at, trigger, requested_by, error_class, error_code, timings)
SELECT {run_id: UUID}, {sync: String}, {target: String}, {status: String}, {inserted: UInt64}, {updated: UInt64}, {deleted: UInt64},
  {unchanged: UInt64}, {failed: UInt64}, {held: UInt64}, {reason: String}, parseDateTime64BestEffort({started_at: String}, 6), now64(6),
  {trigger: String}, {requested_by: String}, {error_class: String}, {error_code: String}, {timings: Map(String, UInt64)}
