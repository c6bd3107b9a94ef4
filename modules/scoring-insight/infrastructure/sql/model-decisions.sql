-- People's decisions about versions of the learned weights, with every version that one changed.
-- Grain: one row a decision and version, in the order of the decisions.
SELECT decision, decided_version, version, status, activated_at, decided_by, reason, decided_at
FROM insight_model_decisions FINAL
ORDER BY decided_at, decision_id, version
