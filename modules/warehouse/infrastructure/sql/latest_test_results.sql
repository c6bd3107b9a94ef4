-- What each declared data test found when it last ran; a test that was removed since is left out. Grain: one row a test.
-- Parameters: tests Array(String), failing Bool (only those that fail)
SELECT test, model, severity, rule, failures, sample, run_id, tested_at, recorded_at
FROM (
  SELECT *
  FROM data_test_results
  WHERE (test, recorded_at) IN (
    SELECT test, max(recorded_at) FROM data_test_results WHERE test IN {tests: Array(String)} GROUP BY test
  )
  ORDER BY test, recorded_at DESC
  LIMIT 1 BY test
)
WHERE failures > 0 OR NOT {failing: Bool}
ORDER BY severity, model, test
