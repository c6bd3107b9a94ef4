-- Whether the target has no row at all. Grain: one row. Filled: table.
SELECT NOT EXISTS (SELECT FROM {{table}}) AS empty
