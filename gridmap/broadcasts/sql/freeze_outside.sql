-- Writes the deliveries of an update to some of those who got an earlier version and are not in its area: they are told so.
-- in:  "members" (members.MEMBERS) with its parameters, but without tags; %(narrowed)s whether the update has tags; %(id)s the update, %(earlier)s the versions before, newest first;
--      %(from_id)s and %(to_id)s the first and the last id of the residents looked at; %(by_place)s whether it goes to who is there now, too, and
--      %(touched)s its groups
-- out: no
-- Nobody is counted who is out of danger; who asked for help and was not fetched is not out of it, wherever the border runs now.
-- Who was only passing through, by the place that their phone shared, and whose phone says nothing now is looked for where it said
-- that they were: that it fell silent is no sign that they came out. Who moved house meanwhile was not passing through.
-- By the rules of receive.sql: an officer's "needs help" stands beside the person's own "moving". Groups with outsiders only get counters of nought: one of them may need help later.
-- Whom its tags leave out and who is in its area still was told, and is not out of it: the words go on holding for them.
WITH before AS (
    SELECT DISTINCT ON (d.resident_id) d.resident_id, d.no, d.answer, nullif(d.tick, 'told') AS tick, d.accounted,
           'need_help' IN (coalesce(d.answer, ''), coalesce(d.tick, '')) AND NOT d.accounted AS in_need,
           CASE WHEN %(by_place)s AND d.no <> r.no AND d.no = ANY(%(touched)s::int[]) AND NOT d.outside AND NOT d.accounted
                THEN NOT EXISTS (SELECT 1 FROM edge_lastplace l JOIN edge_endpoint e ON e.id = l.endpoint_id
                                 WHERE e.resident_id = r.id AND NOT e.revoked AND l.until > now())
                     AND NOT EXISTS (SELECT 1 FROM register_change c WHERE c.resident = r.id AND c.field IN ('home', 'place')  -- or was entered in the wrong place
                                     AND c.at > (SELECT min(b.started_at) FROM broadcasts_broadcast b WHERE b.id = ANY(%(earlier)s::uuid[])))
                ELSE false END OR (s.id IS NOT NULL AND NOT d.outside AND NOT d.beyond) AS silent
    FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id  -- who left or died is nobody's to look for
    LEFT JOIN (SELECT m.id FROM ({members}) m WHERE %(narrowed)s) s ON s.id = d.resident_id  -- a join: an IN of as many would be looked through anew for each
    WHERE d.broadcast_id = ANY(%(earlier)s::uuid[]) AND d.resident_id BETWEEN %(from_id)s AND %(to_id)s AND r.id BETWEEN %(from_id)s AND %(to_id)s
    ORDER BY d.resident_id, array_position(%(earlier)s::uuid[], d.broadcast_id)
),
written AS (
    INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no, answer, tick, accounted, outside, beyond)
    SELECT %(id)s::uuid, resident_id, no, answer, tick, accounted, NOT in_need AND NOT silent, NOT silent FROM before
    ON CONFLICT DO NOTHING
    RETURNING no, answer, tick, accounted, outside
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents, moving, need_help, visited)
SELECT %(id)s::uuid, no, count(*) FILTER (WHERE NOT outside), count(*) FILTER (WHERE NOT outside AND answer = 'moving'),
       count(*) FILTER (WHERE NOT outside AND 'need_help' IN (coalesce(answer, ''), coalesce(tick, ''))),
       count(*) FILTER (WHERE NOT outside AND tick IS NOT NULL)
FROM written GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE
SET residents = c.residents + excluded.residents, moving = c.moving + excluded.moving,
    need_help = c.need_help + excluded.need_help, visited = c.visited + excluded.visited
RETURNING no
