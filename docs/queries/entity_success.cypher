// Entities whose success is known well enough to rank by: the lower end of the interval counts.
MATCH (e:Entity)
WHERE e.insightSuccessN >= 5
RETURN e.id AS id, e.insightSuccessRate AS rate, e.insightSuccessLow AS low, e.insightSuccessN AS n
ORDER BY low DESC
LIMIT 20
