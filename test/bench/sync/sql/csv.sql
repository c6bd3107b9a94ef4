-- The model as CSV, one text a row: no value has a character that two formats would write differently. Grain: one row an id.
-- Parameters: table Identifier; rows UInt64
SELECT formatRowNoNewline('CSV', id, name, note, d1, d2, d3, amount, updated_at, active, qty)
FROM {table: Identifier} WHERE id <= {rows: UInt64} ORDER BY id
