-- Up to where each raw table was loaded: the _extracted_at of the last confirmed load that changed it. Grain: one row a source.
SELECT source, max(changed_at) AS position
FROM raw_cursors
GROUP BY source
