-- Waits until no other transaction decides about the learned weights; held to the end of the caller's transaction.
SELECT pg_advisory_xact_lock(hashtextextended('teraffi-insights model decision', 0))
