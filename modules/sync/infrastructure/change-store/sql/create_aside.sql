-- Staged rows that the target did not take: waiting for their place, or refused. Grain: staged row. Filled: aside.
CREATE TABLE {{aside}} (seq UInt64, outcome LowCardinality(String), error_class LowCardinality(String), error_code LowCardinality(String), error String)
ENGINE = MergeTree ORDER BY seq
