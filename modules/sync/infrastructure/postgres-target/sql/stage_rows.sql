-- Room for the rows of one range, typed like the target. Grain: key. Filled: columns, table.
CREATE TEMP TABLE sync_rows ON COMMIT DROP AS SELECT NULL::bigint AS "#seq", {{columns}} FROM {{table}} WITH NO DATA
