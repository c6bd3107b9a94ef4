-- What each declared data test found when it last ran; a test that was removed since is left out. One that did not run since
-- data_test_status exists is in the history alone. Grain: one row a test.
-- Parameters: tests Array(String), failing Bool (only those that fail)
SELECT test, model, severity, rule, failures, sample, run_id, tested_at, recorded_at
FROM (
  SELECT * FROM (
    SELECT test, model, severity, rule, failures, sample, run_id, tested_at, recorded_at
    FROM data_test_status
    WHERE test IN {tests: Array(String)}
    UNION ALL
    SELECT test, model, severity, rule, failures, sample, run_id, tested_at, recorded_at
    FROM data_test_results
    WHERE test IN {tests: Array(String)} AND test NOT IN (SELECT test FROM data_test_status)
  )
  ORDER BY test, recorded_at DESC
  LIMIT 1 BY test
)
WHERE failures > 0 OR NOT {failing: Bool}
ORDER BY severity, model, test
