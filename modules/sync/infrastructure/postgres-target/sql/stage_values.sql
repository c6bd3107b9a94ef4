-- Room for one row of values that the definition names (defaults, scope), typed like the target. Filled: name, columns, table.
CREATE TEMP TABLE {{name}} ON COMMIT DROP AS SELECT {{columns}} FROM {{table}} WITH NO DATA
