-- Waits until no other process decides on alerts; held until the transaction ends. Two decisions on one state would
-- both be a rule's first run. No parameters.
SELECT pg_advisory_xact_lock(hashtextextended('teraffi-insights alert decision', 0));
