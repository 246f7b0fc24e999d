-- Writes one chunk of deliveries of an update and moves the counters of their groups in the same statement.
-- in:  the parameters of members.MEMBERS, %(id)s, %(connected)s true/false, %(late)s, %(earlier)s the versions before, newest first
-- out: no, how many deliveries are new in that group
-- What is known of where somebody is stands on (an answer, a tick but "told": that was of the words before).
-- Who has one as an outsider, and is inside now, is given it anew.
WITH member AS ({members}),
written AS (
    INSERT INTO broadcasts_delivery AS d (broadcast_id, resident_id, no, late_at, answer, tick, accounted)
    SELECT %(id)s, m.id, m.no, CASE WHEN %(late)s THEN now() END, b.answer, nullif(b.tick, 'told'), coalesce(b.accounted, false)
    FROM member m LEFT JOIN LATERAL (
        SELECT e.answer, e.tick, e.accounted FROM broadcasts_delivery e
        WHERE e.broadcast_id = ANY(%(earlier)s::uuid[]) AND e.resident_id = m.id
        ORDER BY array_position(%(earlier)s::uuid[], e.broadcast_id) LIMIT 1
    ) b ON true
    WHERE m.connected = ANY(%(connected)s)
    ON CONFLICT (broadcast_id, resident_id) DO UPDATE SET outside = false, beyond = false, no = excluded.no, late_at = now(), stage = 0 WHERE d.outside
    RETURNING no, answer, tick, accounted, 1 AS new
),
reached AS (  -- counted already, because they need help; now the area reaches them, and their phone says so
    UPDATE broadcasts_delivery d SET beyond = false FROM member m
    WHERE d.broadcast_id = %(id)s AND d.resident_id = m.id AND d.beyond AND NOT d.outside
    RETURNING d.no, NULL::text AS answer, NULL::text AS tick, false AS accounted, 0 AS new
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents, moving, safe, need_help, accounted_for, visited)
SELECT %(id)s, no, sum(new),
       count(*) FILTER (WHERE answer = 'moving' AND NOT accounted), count(*) FILTER (WHERE answer = 'safe' AND accounted),
       count(*) FILTER (WHERE 'need_help' IN (coalesce(answer, ''), coalesce(tick, '')) AND NOT accounted),
       count(*) FILTER (WHERE accounted), count(*) FILTER (WHERE tick IS NOT NULL)
FROM (SELECT * FROM written UNION ALL SELECT * FROM reached) w GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE SET residents = c.residents + excluded.residents, moving = c.moving + excluded.moving,
    safe = c.safe + excluded.safe, need_help = c.need_help + excluded.need_help,
    accounted_for = c.accounted_for + excluded.accounted_for, visited = c.visited + excluded.visited
RETURNING no
