-- Fills the stage; numbers follow each other from first on, in no order that matters. Grain: staged row.
-- Filled: stage, order (of what a limit cuts), columns (a list in brackets, or nothing for all), rows. Parameters: first UInt64, limit UInt64, and those of rows.
INSERT INTO {{stage}} {{columns}}
SELECT {first: UInt64} + rowNumberInAllBlocks() AS seq, *
FROM (
SELECT * FROM (
{{rows}}
)
{{order}}
LIMIT {limit: UInt64}
)
