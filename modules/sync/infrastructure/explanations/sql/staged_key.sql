-- Whether a run's stage holds a key to be sent. Grain: one row. Filled: stage. Parameters: key Array(String).
SELECT count() > 0 AS staged FROM {{stage}} WHERE op != 'reject' AND record_key = {key: Array(String)}
