-- Rows to write, as the target names its columns. Grain: key. Filled: changes, columns.
SELECT {{columns}} FROM {{changes}} WHERE op IN ('insert', 'update')
