-- Changes two columns of every so manieth row, and waits until it is done. Grain: one row an id.
-- Parameters: table Identifier; every, remainder UInt64
ALTER TABLE {table: Identifier} UPDATE qty = qty + 1, updated_at = updated_at + toIntervalYear(1)
WHERE id % {every: UInt64} = {remainder: UInt64} SETTINGS mutations_sync = 1
