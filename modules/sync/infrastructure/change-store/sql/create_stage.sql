-- Table of what one run sends; the comment says whose it is, so that what a killed run was about to send can be noted. Grain: staged row.
-- Filled: stage, owner (literal), rows (any of the SELECTs that fill it). Parameters: those of rows.
CREATE TABLE {{stage}} ENGINE = MergeTree ORDER BY seq COMMENT {{owner}} EMPTY AS
SELECT toUInt64(0) AS seq, * FROM (
{{rows}}
)
