-- Writes the deliveries of an update to everybody who got an earlier version and is not in its area: they are told so.
-- in:  %(id)s the update, %(earlier)s the versions before, newest first
-- out: no
-- Nobody is counted who is out of danger; who asked for help and was not fetched is not out of it, wherever the border runs now.
-- By the rules of receive.sql: an officer's "needs help" stands beside the person's own "moving". Groups with outsiders only get counters of nought: one of them may need help later.
WITH before AS (
    SELECT DISTINCT ON (d.resident_id) d.resident_id, d.no, d.answer, nullif(d.tick, 'told') AS tick, d.accounted,
           'need_help' IN (coalesce(d.answer, ''), coalesce(d.tick, '')) AND NOT d.accounted AS in_need
    FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id  -- who left or died is nobody's to look for
    WHERE d.broadcast_id = ANY(%(earlier)s::uuid[])
    ORDER BY d.resident_id, array_position(%(earlier)s::uuid[], d.broadcast_id)
),
written AS (
    INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no, answer, tick, accounted, outside, beyond)
    SELECT %(id)s::uuid, resident_id, no, answer, tick, accounted, NOT in_need, true FROM before
    ON CONFLICT DO NOTHING
    RETURNING no, answer, tick, outside
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents, moving, need_help, visited)
SELECT %(id)s::uuid, no, count(*) FILTER (WHERE NOT outside), count(*) FILTER (WHERE NOT outside AND answer = 'moving'),
       count(*) FILTER (WHERE NOT outside), count(*) FILTER (WHERE NOT outside AND tick IS NOT NULL)
FROM written GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE
SET residents = c.residents + excluded.residents, moving = c.moving + excluded.moving,
    need_help = c.need_help + excluded.need_help, visited = c.visited + excluded.visited
RETURNING no
