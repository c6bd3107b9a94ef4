-- Steps of runs, in their order. Grain: (run, step). $1 uuid[] run ids
SELECT run_id, name, status, started_at, finished_at, rows_in, rows_out, rejected,
       error_class, error_code, error_message, detail
FROM insights_ops.pipeline_steps
WHERE run_id = ANY ($1::uuid[])
ORDER BY run_id, position
