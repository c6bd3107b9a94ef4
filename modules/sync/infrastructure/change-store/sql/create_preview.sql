-- What the target says it would do with the staged rows. Grain: staged row. Filled: preview.
CREATE TABLE {{preview}} (seq UInt64, action LowCardinality(String), before Nullable(String)) ENGINE = MergeTree ORDER BY seq
