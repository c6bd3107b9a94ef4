-- Keys to delete, one column each. Grain: key. Filled: changes, columns (record_key[1], ...).
SELECT {{columns}} FROM {{changes}} WHERE op = 'delete'
