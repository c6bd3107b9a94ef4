-- Incidents that a decision needs: the open ones of a rule, and those of the given stage visits in any state.
-- Grain: incident. $1 rule text, $2 fingerprints text[]
SELECT id, fingerprint, rule, subject, severity, state, evidence
FROM insights_ops.alert_incidents
WHERE rule = $1 AND (state <> 'resolved' OR fingerprint = ANY ($2::text[]))
ORDER BY fingerprint;
