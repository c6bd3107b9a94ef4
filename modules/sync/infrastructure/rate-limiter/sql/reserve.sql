-- What: books the account's next free place in time and pushes the following one out by what these units cost (GCRA without a
-- burst). One statement under the account's row lock with the database's clock: workers and their clocks cannot disagree.
-- Grain: one row, the booking: when it begins, microseconds since 1970, and milliseconds from now until then (0: at once).
-- Parameters: $1 text account, $2 double precision seconds that the units cost.
INSERT INTO insights_ops.sync_rate_limits AS booked (account, next_at)
VALUES ($1, clock_timestamp() + make_interval(secs => $2))
ON CONFLICT (account) DO UPDATE
  SET next_at = greatest(booked.next_at, clock_timestamp()) + make_interval(secs => $2)
RETURNING
  (extract(epoch FROM next_at - make_interval(secs => $2)) * 1000000)::bigint AS begins_at,
  greatest(0, extract(epoch FROM next_at - make_interval(secs => $2) - clock_timestamp()) * 1000)::float8 AS wait_ms
