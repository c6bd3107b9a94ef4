-- Room for the rows of one sync, typed like the target. Grain: key. Filled: columns, table.
CREATE TEMP TABLE sync_rows ON COMMIT DROP AS SELECT {{columns}} FROM {{table}} WITH NO DATA
