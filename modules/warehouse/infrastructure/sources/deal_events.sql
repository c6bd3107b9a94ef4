-- Source deal_events: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  partnership_id,
  from_stage,
  to_stage,
  actor_entity_id,
  occurred_at
FROM product.deal_events
