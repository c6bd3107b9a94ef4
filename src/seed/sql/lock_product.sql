-- Serialises everything that creates or fills the product schema until the surrounding transaction ends.
-- Grain: one row, no meaning. Parameters: none.
SELECT pg_advisory_xact_lock(hashtextextended('teraffi-insights product seed', 0));
