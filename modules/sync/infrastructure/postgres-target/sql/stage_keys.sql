-- Room for the keys that left the model, typed like the target. Grain: key. Filled: keys, table.
CREATE TEMP TABLE sync_gone ON COMMIT DROP AS SELECT {{keys}} FROM {{table}} WITH NO DATA
