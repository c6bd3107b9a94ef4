-- Rows of the target with the staged keys. Grain: key. Filled: table, same_key, touchable.
DELETE FROM {{table}} AS t USING sync_rows AS s WHERE {{same_key}} AND {{touchable}}
