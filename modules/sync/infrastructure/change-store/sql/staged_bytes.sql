-- Staged rows for COPY. Grain: staged row. Filled: stage, columns. Parameters: from UInt64, to UInt64 (exclusive).
SELECT {{columns}} FROM {{stage}} WHERE seq >= {from: UInt64} AND seq < {to: UInt64} ORDER BY seq
