-- Until the transaction ends, reads as the role whose row-level security policies decide what is seen.
-- Grain: one row. $1 text role (insights_reader or insights_platform), $2 text tenant uuid (empty: none)
SELECT set_config('role', $1::text, true), set_config('insights.tenant_id', $2::text, true)
