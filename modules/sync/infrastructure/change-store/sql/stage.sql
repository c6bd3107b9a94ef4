-- Keeps what changed, so that the target, the rejects and the state all read the same rows. Grain: that of diff.sql.
-- Parameters: those of diff.sql. Filled: changes (table of this sync and run).
CREATE TABLE {{changes}} ENGINE = MergeTree ORDER BY key_hash AS
SELECT *
FROM (
{{diff}}
)
WHERE op IN ('insert', 'update', 'delete', 'reject')
