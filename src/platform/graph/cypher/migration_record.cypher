// Notes an applied migration; the first of two processes wins. Grain: one row, the node as it is afterwards.
// Parameters: $name string, $checksum string (SHA-256, hex), $appliedAt string (ISO 8601 UTC).
MERGE (m:_InsightsMigration {name: $name})
ON CREATE SET m.checksum = $checksum, m.appliedAt = datetime($appliedAt)
RETURN m.name AS name, m.checksum AS checksum
