-- What the history of data tests says last of each. Grain: one row a test that has a history. Parameters: tests Array(String)
SELECT test, failures, sample
FROM data_test_results
WHERE (test, recorded_at) IN (
  SELECT test, max(recorded_at) FROM data_test_results WHERE test IN {tests: Array(String)} GROUP BY test
)
