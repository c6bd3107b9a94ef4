-- What a service that answers for one tenant does first; without it row-level security shows nothing.
SET ROLE insights_reader;
SELECT set_config('insights.tenant_id', '00000000-0000-4000-8000-000000000002', false);
SELECT count(*) FROM insights.deal_health;
RESET ROLE;
