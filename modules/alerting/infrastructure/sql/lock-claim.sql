-- Lets one process at a time pick its next message, for the length of that statement: two that look at once would
-- both find the channel free. No parameters.
SELECT pg_advisory_xact_lock(hashtextextended('teraffi-insights alert claim', 0));
