-- Rows whose keys left the model. Grain: key. Filled: table, same_key.
DELETE FROM {{table}} AS t USING sync_gone AS g WHERE {{same_key}}
