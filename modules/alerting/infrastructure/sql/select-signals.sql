-- Signals of one kind, active and cleared. Grain: subject.
-- $1 kind text
SELECT subject, severity, state, evidence
FROM insights_ops.signals
WHERE kind = $1
ORDER BY subject;
