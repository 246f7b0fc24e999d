-- Notes that a broadcast was sent to these residents' sockets; only what was still queued moves, counters follow.
-- in:  %(id)s, %(residents)s an array of ids
-- out: no of every counter that moved
WITH moved AS (
    UPDATE broadcasts_delivery SET stage = 1
    WHERE broadcast_id = %(id)s AND resident_id = ANY(%(residents)s::uuid[]) AND stage = 0
    RETURNING no, outside
)
UPDATE broadcasts_deliverycount c SET pushed = c.pushed + s.pushed
FROM (SELECT no, count(*) AS pushed FROM moved WHERE NOT outside GROUP BY no) s
WHERE c.broadcast_id = %(id)s AND c.no = s.no
RETURNING c.no
