-- Signals of one kind that a rule has to look at: the active ones, and cleared ones only while an incident of theirs is
-- open, since every signal that was ever raised stays as cleared. Grain: subject.
-- $1 rule text, $2 kind text
SELECT s.subject, s.severity, s.state, s.evidence
FROM insights_ops.signals AS s
WHERE s.kind = $2
  AND (s.state = 'active' OR EXISTS (
    SELECT FROM insights_ops.alert_incidents AS i
    WHERE i.rule = $1 AND i.subject = s.subject AND i.state <> 'resolved'))
ORDER BY s.subject;
