-- warn | fact_deal_events | Every stage change has found its deal.
SELECT toString(event_id) AS record
FROM fact_deal_events
WHERE partnership_key = 0
