-- Staged rows that differ from what the target has. A row that is equal is not written, so that as_of keeps the time of its
-- last change. Grain: key. Filled: table, assignments, same_key, touchable, differs.
-- Rows of this very transaction were inserted a moment ago: a trigger may have made them differ, they count once.
UPDATE {{table}} AS t SET {{assignments}}
FROM sync_rows AS s
WHERE {{same_key}} AND {{touchable}} AND t.xmin <> pg_current_xact_id()::xid AND ({{differs}})
