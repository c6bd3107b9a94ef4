-- Rows of the model. Grain: one row. Filled: source.
SELECT count() AS rows FROM {{source}}
